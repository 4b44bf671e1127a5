package io.rapd.core.image;

import com.twelvemonkeys.imageio.color.ColorProfiles;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.ColorConvertOp;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Converts samples of an ICC profile to sRGB with the perceptual intent, which Pillow's ImageCms
 * takes too. Profiles that equal sRGB within one level of 255 count as sRGB, so that those images
 * keep their stored levels. For one thread.
 */
final class SrgbConversion {
  private static final int HEADER_BYTES = 128;
  private static final int RENDERING_INTENT = 64; // offset in the header, 4 bytes, 0 is perceptual
  private static final int KEPT_PROFILES = 64;

  private static final int CLASS = 12; // offset in the header, four letters
  private static final int OUTPUT = 0x70727472; // prtr
  private static final int INPUT = 0x73636e72; // scnr
  private static final int VERSION = 8; // offset in the header, the first byte is the major version

  /**
   * sRGB marked as version 4. For such a target LittleCMS compensates the black point, without
   * which the black of inks would become a dark grey; the sRGB of ImageCms has version 4 too.
   */
  private static final ICC_Profile SRGB = srgb();

  /** What is known about a profile: null for sRGB, or a reason to ignore it. */
  private record Verdict(@Nullable ICC_Profile profile, @Nullable String reason) {}

  private static final Map<ByteBuffer, Verdict> VERDICTS =
      Collections.synchronizedMap(
          new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<ByteBuffer, Verdict> eldest) {
              return size() > KEPT_PROFILES;
            }
          });

  private final ColorConvertOp op;
  private final int bands;
  private final int type;

  private SrgbConversion(ICC_Profile profile, boolean sixteenBits) {
    this.op = new ColorConvertOp(new ICC_Profile[] {profile, SRGB}, null);
    this.bands = profile.getNumComponents();
    this.type = sixteenBits ? DataBuffer.TYPE_USHORT : DataBuffer.TYPE_BYTE;
  }

  private static ICC_Profile srgb() {
    byte[] data = ICC_Profile.getInstance(ColorSpace.CS_sRGB).getData();
    data[VERSION] = 4;
    return ICC_Profile.getInstance(data);
  }

  /**
   * The conversion of a profile, or null where samples are sRGB as they are: the profile is sRGB,
   * or it cannot be used, which is reported.
   *
   * @param bands colour components of the samples: 1 (grey), 3 (RGB) or 4 (CMYK)
   * @param sixteenBits whether samples have 16 bits instead of 8
   */
  static @Nullable SrgbConversion of(
      byte[] data, int bands, boolean sixteenBits, Consumer<String> warnings) {
    // The content decides, not the number of bands, so that the same verdict serves all images.
    Verdict verdict = VERDICTS.computeIfAbsent(ByteBuffer.wrap(data), k -> verdict(data.clone()));
    String reason = verdict.reason();
    if (reason == null && verdict.profile() != null) {
      if (verdict.profile().getNumComponents() == bands) {
        return new SrgbConversion(verdict.profile(), sixteenBits);
      }
      reason = "is for " + verdict.profile().getNumComponents() + " components, not " + bands;
    }
    if (reason != null) {
      warnings.accept("the colour profile " + reason + "; colours are read as sRGB");
    }
    return null;
  }

  private static Verdict verdict(byte[] data) {
    if (data.length < HEADER_BYTES) {
      return new Verdict(null, "has only " + data.length + " bytes");
    }
    try {
      ByteBuffer header = ByteBuffer.wrap(data).putInt(RENDERING_INTENT, 0);
      if (header.getInt(CLASS) == OUTPUT) {
        header.putInt(CLASS, INPUT); // Java takes no perceptual intent from a printer's profile
      }
      // Not createProfile, which refuses profiles that only convert from device colours.
      ICC_Profile profile = ColorProfiles.createProfileRaw(data);
      int space = profile.getColorSpaceType();
      int bands = profile.getNumComponents();
      if (!(space == ColorSpace.TYPE_GRAY && bands == 1)
          && !(space == ColorSpace.TYPE_RGB && bands == 3)
          && !(space == ColorSpace.TYPE_CMYK && bands == 4)) {
        return new Verdict(null, "is for neither grey, RGB nor CMYK");
      }
      int kind = profile.getProfileClass();
      if (kind > ICC_Profile.CLASS_OUTPUT && kind != ICC_Profile.CLASS_COLORSPACECONVERSION) {
        return new Verdict(null, "is not one of a device");
      }
      SrgbConversion conversion = new SrgbConversion(profile, true);
      if (!conversion.separatesWhiteFromBlack()) {
        return new Verdict(null, "makes white as dark as black");
      }
      return new Verdict(bands < 4 && conversion.isIdentity() ? null : profile, null);
    } catch (RuntimeException e) { // CMMException and others, by what is broken
      return new Verdict(null, "is broken");
    }
  }

  private boolean separatesWhiteFromBlack() {
    int[] samples = new int[2 * bands];
    Arrays.fill(samples, bands, 2 * bands, 65535);
    int[] rgb = new int[6];
    convert(samples, bands, rgb);
    int difference = rgb[3] + rgb[4] + rgb[5] - rgb[0] - rgb[1] - rgb[2];
    return (bands == 4 ? -difference : difference) > 65535;
  }

  private boolean isIdentity() {
    int steps = 9;
    int count = bands == 1 ? 256 : steps * steps * steps;
    int[] samples = new int[count * bands];
    for (int i = 0; i < count; i++) {
      for (int band = 0, rest = i; band < bands; band++, rest /= steps) {
        samples[i * bands + band] = bands == 1 ? i * 257 : rest % steps * 65535 / (steps - 1);
      }
    }
    int[] rgb = new int[3 * count];
    convert(samples, bands, rgb);
    for (int i = 0; i < rgb.length; i++) {
      if (Math.abs(rgb[i] - samples[bands == 1 ? i / 3 : i]) > 257) {
        return false;
      }
    }
    return true;
  }

  /**
   * Converts a row of pixels.
   *
   * @param samples of each pixel, colour first
   * @param stride samples per pixel, at least the profile's components
   * @param rgb three levels per pixel, in the samples' range
   */
  void convert(int[] samples, int stride, int[] rgb) {
    int width = rgb.length / RgbImage.CHANNELS;
    int[] colors = samples;
    if (stride != bands) {
      colors = new int[width * bands];
      for (int x = 0; x < width; x++) {
        System.arraycopy(samples, x * stride, colors, x * bands, bands);
      }
    }
    WritableRaster from = Raster.createInterleavedRaster(type, width, 1, bands, null);
    WritableRaster to = Raster.createInterleavedRaster(type, width, 1, RgbImage.CHANNELS, null);
    from.setPixels(0, 0, width, 1, colors);
    op.filter(from, to);
    to.getPixels(0, 0, width, 1, rgb);
  }
}
