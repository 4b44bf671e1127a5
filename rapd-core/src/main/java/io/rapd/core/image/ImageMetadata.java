package io.rapd.core.image;

import org.jspecify.annotations.Nullable;

/**
 * What a file says about its samples.
 *
 * @param profile the ICC profile of the samples, or null for sRGB
 * @param orientation the EXIF orientation, 1 (upright) to 8
 */
@SuppressWarnings("ArrayRecordComponent") // not compared
record ImageMetadata(byte @Nullable [] profile, int orientation) {}
