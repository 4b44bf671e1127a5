package io.rapd.train.prepare;

import static io.rapd.core.config.Check.check;

import io.rapd.dit.text.TextEncoderConfig;
import io.rapd.nif.teacher.TeacherConfig;
import io.rapd.train.data.ImageTextSource;
import io.rapd.train.data.ResizeConfig;
import java.util.List;

/**
 * What to prepare.
 *
 * @param source the training set
 * @param maxUnreadable share of samples that may be unreadable; they are left out and listed in
 *     {@code skipped.jsonl}
 * @param text the encoder of prompts
 * @param prompts besides the captions and the empty prompt, such as those of previews
 * @param resize how images are brought to {@code imageSize}
 * @param imageSize side of the images that teacher and field see, in pixels
 * @param teacher whose features to store; {@code none} for none
 * @param gridSize features along one side
 * @param latents whether to store the latents of a field
 */
public record PreparationInput(
    ImageTextSource source,
    double maxUnreadable,
    TextEncoderConfig text,
    List<String> prompts,
    ResizeConfig resize,
    int imageSize,
    TeacherConfig teacher,
    int gridSize,
    boolean latents) {
  public PreparationInput {
    boolean images = latents || !(teacher instanceof TeacherConfig.None);
    check(
        !images || resize.crop() == ResizeConfig.Crop.CENTRE,
        "data.resize.crop must be centre to prepare what depends on images, got random: each epoch"
            + " would need its own");
    prompts = List.copyOf(prompts);
  }
}
