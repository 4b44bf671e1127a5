import io.rapd.core.grid.Viewport;
import io.rapd.core.image.RgbImage;
import io.rapd.core.image.RgbImageWriter;
import io.rapd.infer.ImageField;
import io.rapd.infer.TextToImage;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.nio.file.Path;

/**
 * Draws one field at 64, 128, 256 and 512 pixels, pixel for pixel, and a quarter of it rendered at
 * 512 pixels. Arguments: the model, the prompt, the seed, the PNG file to write, and top and left of
 * the enlarged part in 0 to 0.5.
 */
public final class MakeBanner {
  private static final int[] SIZES = {64, 128, 256, 512};
  private static final int GAP = 24;
  private static final double PART = 0.5;

  public static void main(String[] args) throws Exception {
    double top = Double.parseDouble(args[4]);
    double left = Double.parseDouble(args[5]);
    int height = 512 + 2 * GAP;
    int width = GAP;
    for (int size : SIZES) {
      width += size + GAP;
    }
    width += 512 + GAP;
    BufferedImage canvas = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = canvas.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, width, height);
    graphics.setColor(new Color(0x30, 0x30, 0x38));
    graphics.setStroke(new BasicStroke(2));
    try (TextToImage model = TextToImage.load(Path.of(args[0]));
        ImageField field =
            model.generate(args[1], model.defaults().withSeed(Long.parseLong(args[2])))) {
      int x = GAP;
      for (int size : SIZES) {
        graphics.drawImage(
            image(field.renderAtResolution(size, size)), x, height - GAP - size, null);
        x += size + GAP;
      }
      int from = x - GAP - 512;
      int side = (int) (PART * 512);
      graphics.drawRect(from + (int) (left * 512), GAP + (int) (top * 512), side, side);
      RgbImage part =
          field.renderRegion(new Viewport(top, left, top + PART, left + PART), 512, 512);
      graphics.drawImage(image(part), x, GAP, null);
      graphics.drawRect(x, GAP, 512, 512);
    }
    graphics.dispose();
    byte[] rgb = new byte[3 * width * height];
    for (int i = 0; i < width * height; i++) {
      int pixel = canvas.getRGB(i % width, i / width);
      rgb[3 * i] = (byte) (pixel >> 16);
      rgb[3 * i + 1] = (byte) (pixel >> 8);
      rgb[3 * i + 2] = (byte) pixel;
    }
    new RgbImageWriter().writePng(RgbImage.fromRgbBytes(height, width, rgb), Path.of(args[3]));
  }

  private static BufferedImage image(RgbImage image) {
    BufferedImage drawn =
        new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_INT_RGB);
    byte[] rgb = image.toRgbBytes();
    for (int i = 0; i < rgb.length / 3; i++) {
      drawn.setRGB(
          i % image.width(),
          i / image.width(),
          (rgb[3 * i] & 255) << 16 | (rgb[3 * i + 1] & 255) << 8 | rgb[3 * i + 2] & 255);
    }
    return drawn;
  }
}
