package io.rapd.eval.metric;

import static io.rapd.core.config.Check.check;
import static io.rapd.core.text.Messages.message;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import io.rapd.core.image.RgbImage;
import io.rapd.core.torch.NativeRuntime;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * The features of the InceptionV3 that FID is defined on, from a TorchScript file of the user's,
 * {@code inception-2015-12-05.pt}: {@code detector(images, return_features=True)}, where images are
 * uint8 (B, 3, H, W) of any size, which the file itself resizes, and the result is (B, 2048).
 */
public final class InceptionFeatures implements AutoCloseable {
  private final Path file;
  private final String digest;
  private final NDManager memory;
  private final PtSymbolBlock network;

  private InceptionFeatures(Path file, String digest, NDManager memory, PtSymbolBlock network) {
    this.file = file;
    this.digest = digest;
    this.memory = memory;
    this.network = network;
  }

  /**
   * Loads a file.
   *
   * @param expected the SHA-256 digest that the file must have, in hexadecimal; empty for any
   * @throws IllegalArgumentException if the file is missing, has another digest, or is no
   *     TorchScript
   */
  public static InceptionFeatures load(Path file, Optional<String> expected, Device device) {
    check(Files.isRegularFile(file), "%s: expected a TorchScript file, found none", file);
    String digest = sha256(file);
    check(
        expected.isEmpty() || expected.get().equalsIgnoreCase(digest),
        "%s: expected the SHA-256 digest %s, found %s",
        file,
        expected.orElse(""),
        digest);
    NDManager memory = NativeRuntime.newManager(device);
    try (InputStream stream = Files.newInputStream(file)) {
      PtSymbolBlock network = JniUtils.loadModule((PtNDManager) memory, stream, false, false);
      return new InceptionFeatures(file, digest, memory, network);
    } catch (IOException | EngineException e) {
      memory.close();
      throw new IllegalArgumentException(
          message("%s: expected a TorchScript file: %s", file, firstLine(e)), e);
    }
  }

  /** The SHA-256 digest of the file, in hexadecimal: results of other files do not compare. */
  public String digest() {
    return digest;
  }

  /**
   * The features of images of one size.
   *
   * @return (B, D), row-major
   * @throws IllegalArgumentException if the sizes differ or the file computes something else
   */
  public float[] of(List<RgbImage> images) {
    check(!images.isEmpty(), "expected at least one image, got none");
    int height = images.get(0).height();
    int width = images.get(0).width();
    int area = height * width;
    ByteBuffer pixels =
        ByteBuffer.allocateDirect(Math.multiplyExact(images.size() * RgbImage.CHANNELS, area));
    for (RgbImage image : images) {
      check(
          image.height() == height && image.width() == width,
          "images of a batch must have one size, got %d x %d and %d x %d",
          height,
          width,
          image.height(),
          image.width());
      byte[] rgb = image.toRgbBytes();
      for (int channel = 0; channel < RgbImage.CHANNELS; channel++) {
        for (int i = 0; i < area; i++) {
          pixels.put(rgb[i * RgbImage.CHANNELS + channel]);
        }
      }
    }
    pixels.flip();
    try (NDManager scope = memory.newSubManager()) {
      Shape shape = new Shape(images.size(), RgbImage.CHANNELS, height, width);
      return features(scope, scope.create(pixels, shape, DataType.UINT8), images.size());
    }
  }

  private float[] features(NDManager scope, NDArray images, int batch) {
    IValue[] arguments = {IValue.from((ai.djl.pytorch.engine.PtNDArray) images), IValue.from(true)};
    try (IValue result = IValueUtils.forward(network, arguments)) {
      check(result.isTensor(), "%s: expected features (B, D), found no tensor", file);
      try (NDArray features = result.toTensor((PtNDManager) scope)) {
        Shape shape = features.getShape();
        check(
            shape.dimension() == 2
                && shape.get(0) == batch
                && features.getDataType() == DataType.FLOAT32,
            "%s: expected float32 features (%d, D), found %s",
            file,
            batch,
            shape);
        float[] values = features.toFloatArray();
        for (float value : values) {
          check(Float.isFinite(value), "%s: computes a feature of %s", file, value);
        }
        return values;
      }
    } catch (EngineException e) {
      throw new IllegalArgumentException(
          message(
              "%s: expected a network called as (images, return_features): %s", file, firstLine(e)),
          e);
    } finally {
      for (IValue argument : arguments) {
        argument.close();
      }
    }
  }

  private static String sha256(Path file) {
    try (InputStream stream = Files.newInputStream(file)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      new DigestInputStream(stream, digest).transferTo(java.io.OutputStream.nullOutputStream());
      return HexFormat.of().formatHex(digest.digest());
    } catch (IOException | NoSuchAlgorithmException e) {
      throw new IllegalArgumentException(message("%s: cannot be read: %s", file, e), e);
    }
  }

  private static String firstLine(Exception e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("no reason given").strip();
  }

  /** Frees the network. */
  @Override
  public void close() {
    network.close();
    memory.close();
  }
}
