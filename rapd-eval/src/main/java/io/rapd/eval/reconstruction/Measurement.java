package io.rapd.eval.reconstruction;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * The quality of one enlarged image.
 *
 * @param image key of the image
 * @param scale enlargement per axis
 * @param method name of the method
 * @param psnr dB; absent where the images are equal and it would be infinite
 * @param ssim in [-1, 1]
 * @param lpips absent without LPIPS weights
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Measurement(
    String image,
    double scale,
    String method,
    @Nullable Double psnr,
    double ssim,
    @Nullable Double lpips) {

  /** What was measured, without the values. */
  String subject() {
    return subject(image, scale, method);
  }

  static String subject(String image, double scale, String method) {
    return scale + "\n" + method + "\n" + image;
  }
}
