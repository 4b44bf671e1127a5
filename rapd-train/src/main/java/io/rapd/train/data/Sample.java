package io.rapd.train.data;

/**
 * One image, still encoded.
 *
 * @param key the sample's name in its set: the path without its extension
 * @param image content of the image file; not copied
 * @param imageName the image's name in error messages
 */
@SuppressWarnings("ArrayRecordComponent") // carried to the decoder; samples are not compared
public record Sample(String key, byte[] image, String imageName) {}
