package io.rapd.models;

import io.rapd.core.torch.NativeRuntime;
import java.nio.file.Path;

/**
 * The models of this artifact, as folders. A folder is unpacked once per user and version of the
 * model, into {@code models} beside the native libraries ({@link NativeRuntime#folder}).
 */
public final class BuiltInModels {
  private BuiltInModels() {}

  /**
   * Emoji from text, for {@code TextToImage.load}: latents of 128 x 128 with 8 channels.
   *
   * @throws IllegalStateException where it cannot be unpacked
   */
  public static Path emoji() {
    return unpacked("emoji");
  }

  /**
   * The field of emoji, 3D and flat, for {@code ImageToField.load}: latents of 8 channels.
   *
   * @throws IllegalStateException where it cannot be unpacked
   */
  public static Path emojiField() {
    return unpacked("emoji-field");
  }

  private static Path unpacked(String name) {
    return new PackedFolder(BuiltInModels.class, name)
        .unpack(NativeRuntime.folder().resolve("models"), NativeRuntime::newProcessFolder);
  }
}
