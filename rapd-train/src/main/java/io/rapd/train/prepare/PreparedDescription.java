package io.rapd.train.prepare;

import io.rapd.core.config.Default;
import io.rapd.dit.text.TextEncoderConfig;
import io.rapd.nif.teacher.TeacherConfig;

/**
 * {@code config.json} of a prepared folder.
 *
 * @param data description of the data set
 * @param textProvenance of the encoder's weights
 * @param textWidth T
 * @param teacher whose features are stored, or {@code none}
 * @param teacherName of its weights; empty without a teacher
 * @param teacherWidth D; 0 without a teacher
 * @param imageSize side of the teacher's input in pixels
 * @param gridSize features along one side
 * @param latents what encoded the stored latents, if there are any
 */
record PreparedDescription(
    String data,
    TextEncoderConfig text,
    String textProvenance,
    int textWidth,
    TeacherConfig teacher,
    String teacherName,
    int teacherWidth,
    int imageSize,
    int gridSize,
    @Default("{}") LatentDescription latents) {}
