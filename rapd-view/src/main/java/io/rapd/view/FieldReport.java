package io.rapd.view;

/**
 * What the page is told of a field.
 *
 * @param height latent rows
 * @param width latent columns
 * @param levels of the pyramid; level n has 2^n pixels per latent cell
 */
record FieldReport(String id, FieldOrigin origin, int height, int width, int levels) {
  static FieldReport of(StoredField field) {
    TilePyramid pyramid = field.pyramid();
    return new FieldReport(
        field.id(), field.origin(), pyramid.height(), pyramid.width(), pyramid.levels());
  }
}
