package io.rapd.view;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * What a field was made from.
 *
 * @param kind "prompt" or "image"
 * @param title the prompt, or the name of the image file
 * @param negativePrompt null for images, as are the following
 * @param seed as text, since numbers of JavaScript do not hold every long
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record FieldOrigin(
    String kind,
    String title,
    @Nullable String negativePrompt,
    @Nullable String seed,
    @Nullable Integer steps,
    @Nullable Double guidance) {
  static FieldOrigin ofPrompt(GenerationRequest request) {
    return new FieldOrigin(
        "prompt",
        request.prompt(),
        request.negativePrompt(),
        Long.toString(request.seed()),
        request.steps(),
        request.guidance());
  }

  static FieldOrigin ofImage(String name) {
    return new FieldOrigin("image", name, null, null, null, null);
  }
}
