package io.rapd.core.image;

import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;

/**
 * Images side by side on white, in rows and columns of square cells, with a text beside each row
 * and above each column. Smaller images are enlarged by repeating pixels, larger ones reduced with
 * antialiasing, so that each shows what it holds.
 */
public final class ContactSheet {
  private static final int GAP = 8;

  private final int cell;
  private final List<String> columns;
  private final List<String> captions = new ArrayList<>();
  private final List<List<RgbImage>> rows = new ArrayList<>();

  /**
   * A grid without rows.
   *
   * @param cell side of a cell in pixels
   * @param columns texts above the columns
   */
  public ContactSheet(int cell, List<String> columns) {
    this.cell = cell;
    this.columns = List.copyOf(columns);
  }

  /**
   * Adds a row.
   *
   * @param caption beside it; empty for none
   * @param images one a column
   */
  public ContactSheet row(String caption, List<RgbImage> images) {
    if (images.size() != columns.size()) {
      throw new IllegalArgumentException(
          "a row must have %d images, got %d".formatted(columns.size(), images.size()));
    }
    captions.add(caption);
    rows.add(images.stream().map(this::fitted).toList());
    return this;
  }

  private RgbImage fitted(RgbImage image) {
    int longer = Math.max(image.height(), image.width());
    int height = Math.max(1, Math.round((float) image.height() * cell / longer));
    int width = Math.max(1, Math.round((float) image.width() * cell / longer));
    Resampling method = longer < cell ? Resampling.BOX : Resampling.BICUBIC;
    return Resampler.resize(image, method, height, width);
  }

  /** The grid as one image. */
  public RgbImage draw() {
    int text = Math.max(10, cell / 12);
    int top = 2 * text;
    int left = captions.stream().allMatch(String::isEmpty) ? GAP : cell / 2 + 2 * GAP;
    int height = top + rows.size() * (cell + GAP);
    int width = left + columns.size() * (cell + GAP);
    BufferedImage canvas = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = canvas.createGraphics();
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, width, height);
    for (int r = 0; r < rows.size(); r++) {
      for (int c = 0; c < columns.size(); c++) {
        paste(rows.get(r).get(c), canvas, top + r * (cell + GAP), left + c * (cell + GAP));
      }
    }
    write(graphics, text, top, left);
    graphics.dispose();
    return fromCanvas(canvas);
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
      // A Java runtime on a machine without fonts cannot draw text; the images are the point.
      System.getLogger(ContactSheet.class.getName())
          .log(System.Logger.Level.WARNING, "captions are left out: no fonts here");
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

  private static void paste(RgbImage image, BufferedImage canvas, int top, int left) {
    byte[] rgb = image.toRgbBytes();
    int at = 0;
    for (int y = 0; y < image.height(); y++) {
      for (int x = 0; x < image.width(); x++) {
        int value = (rgb[at++] & 0xff) << 16 | (rgb[at++] & 0xff) << 8 | (rgb[at++] & 0xff);
        canvas.setRGB(left + x, top + y, value);
      }
    }
  }

  private static RgbImage fromCanvas(BufferedImage canvas) {
    byte[] rgb = new byte[3 * canvas.getHeight() * canvas.getWidth()];
    int at = 0;
    for (int y = 0; y < canvas.getHeight(); y++) {
      for (int x = 0; x < canvas.getWidth(); x++) {
        int value = canvas.getRGB(x, y);
        rgb[at++] = (byte) (value >> 16);
        rgb[at++] = (byte) (value >> 8);
        rgb[at++] = (byte) value;
      }
    }
    return RgbImage.fromRgbBytes(canvas.getHeight(), canvas.getWidth(), rgb);
  }
}
