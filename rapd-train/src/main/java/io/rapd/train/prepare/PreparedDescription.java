package io.rapd.train.prepare;

import io.rapd.dit.text.TextEncoderConfig;
import io.rapd.nif.teacher.TeacherConfig;

/**
 * {@code config.json} of a prepared folder.
 *
 * @param data the set
 * @param text the encoder
 * @param textProvenance what it calls itself
 * @param textWidth T
 * @param teacher whose features are stored; {@code none} for none
 * @param teacherName what it calls itself; empty without one
 * @param teacherWidth D; 0 without a teacher
 * @param imageSize side of the images that the teacher saw
 * @param gridSize features along one side
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
    int gridSize) {}
