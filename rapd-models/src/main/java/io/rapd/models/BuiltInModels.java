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
   * The emoji model, for {@code TextToImage.load}: 3D and flat emoji from short prompts.
   *
   * @throws IllegalStateException where it cannot be unpacked
   */
  public static Path emoji() {
    return unpacked("emoji");
  }

  /**
   * A field of photographs, for {@code ImageToField.load}.
   *
   * @throws IllegalStateException where it cannot be unpacked
   */
  public static Path photoField() {
    return unpacked("photo-field");
  }

  private static Path unpacked(String name) {
    return new PackedFolder(BuiltInModels.class, name)
        .unpack(NativeRuntime.folder().resolve("models"));
  }
}
