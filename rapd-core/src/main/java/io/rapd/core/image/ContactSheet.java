package io.rapd.core.image;

import static io.rapd.core.config.Check.check;

import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;

/**
 * Images in rows and columns of square cells on white, with a caption beside each row and a title
 * above each column. Images smaller than a cell are enlarged by repeating pixels, so that their
 * pixels stay visible; larger ones are reduced by antialiased bicubic resampling.
 */
public final class ContactSheet {
  private static final int GAP = 8;

  private final int cell;
  private final List<String> columns;
  private final List<String> captions = new ArrayList<>();
  private final List<List<RgbImage>> rows = new ArrayList<>();

  /**
   * A sheet without rows.
   *
   * @param cell side of a cell in pixels
   * @param columns titles of the columns
   */
  public ContactSheet(int cell, List<String> columns) {
    this.cell = cell;
    this.columns = List.copyOf(columns);
  }

  /**
   * Adds a row.
   *
   * @param caption text beside the row; empty for none
   * @param images one per column
   * @throws IllegalArgumentException for another number of images
   */
  public ContactSheet row(String caption, List<RgbImage> images) {
    check(
        images.size() == columns.size(),
        "a row must have %d images, got %d",
        columns.size(),
        images.size());
    captions.add(caption);
    rows.add(images.stream().map(image -> fitted(image, cell)).toList());
    return this;
  }

  /** The image at the size that it has in a cell of that side. */
  public static RgbImage fitted(RgbImage image, int cell) {
    int longer = Math.max(image.height(), image.width());
    int height = Math.max(1, Math.round((float) image.height() * cell / longer));
    int width = Math.max(1, Math.round((float) image.width() * cell / longer));
    Resampling method = longer < cell ? Resampling.BOX : Resampling.BICUBIC;
    return Resampler.resize(image, method, height, width);
  }

  /** The sheet as one image. */
  public RgbImage draw() {
    int text = Math.max(10, cell / 12);
    int top = 2 * text;
    int left = captions.stream().allMatch(String::isEmpty) ? GAP : cell / 2 + 2 * GAP;
    int height = top + rows.size() * (cell + GAP);
    int width = left + columns.size() * (cell + GAP);
    BufferedImage canvas = AwtImages.blank(height, width);
    Graphics2D graphics = canvas.createGraphics();
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, width, height);
    for (int r = 0; r < rows.size(); r++) {
      for (int c = 0; c < columns.size(); c++) {
        BufferedImage image = AwtImages.of(rows.get(r).get(c));
        graphics.drawImage(image, left + c * (cell + GAP), top + r * (cell + GAP), null);
      }
    }
    write(graphics, text, top, left);
    graphics.dispose();
    return AwtImages.toRgb(canvas);
  }

  private void write(Graphics2D graphics, int size, int top, int left) {
    graphics.setColor(Color.BLACK);
    graphics.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    try {
      graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, size));
      FontMetrics metrics = graphics.getFontMetrics();
      for (int c = 0; c < columns.size(); c++) {
        graphics.drawString(columns.get(c), left + c * (cell + GAP), top - size / 2);
      }
      for (int r = 0; r < rows.size(); r++) {
        int y = top + r * (cell + GAP) + cell / 2;
        for (String line : wrapped(captions.get(r), metrics, left - 2 * GAP)) {
          graphics.drawString(line, GAP, y);
          y += metrics.getHeight();
        }
      }
    } catch (RuntimeException | InternalError | UnsatisfiedLinkError | NoClassDefFoundError e) {
      // Without fonts on the machine Java cannot draw text; the images matter more.
      System.getLogger(ContactSheet.class.getName())
          .log(System.Logger.Level.WARNING, "captions are left out: this machine has no fonts");
    }
  }

  private static List<String> wrapped(String text, FontMetrics metrics, int width) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : text.split(" ", -1)) {
      String longer = line.isEmpty() ? word : line + " " + word;
      if (!line.isEmpty() && metrics.stringWidth(longer) > width) {
        lines.add(line.toString());
        line = new StringBuilder(word);
      } else {
        line = new StringBuilder(longer);
      }
    }
    lines.add(line.toString());
    return lines;
  }
}
