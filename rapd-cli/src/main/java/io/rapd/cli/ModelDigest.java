package io.rapd.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/** The SHA-256 over a model's weight files, in the order of their paths; read beside other work. */
final class ModelDigest {
  private final CompletableFuture<String> digest;

  ModelDigest(Path model) {
    digest = CompletableFuture.supplyAsync(() -> of(model));
  }

  /** Waits for it. */
  String get() {
    return digest.join();
  }

  private static String of(Path model) {
    try (Stream<Path> paths = Files.walk(model)) {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      List<Path> weights =
          paths.filter(path -> path.toString().endsWith(".safetensors")).sorted().toList();
      for (Path file : weights) {
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), sha256)) {
          in.transferTo(OutputStream.nullOutputStream());
        }
      }
      return HexFormat.of().formatHex(sha256.digest());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JDK has it
    }
  }
}
