package io.rapd.core.image;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.FileImageInputStream;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** Reads the texts of PNG files that {@link RgbImageWriter} writes. */
public final class StoredText {
  private static final String FORMAT = "javax_imageio_png_1.0";

  private StoredText() {}

  /**
   * The iTXt entries by keyword; of files in other formats none. No pixel is decoded.
   *
   * @throws ImageFileException where the file cannot be read or is damaged
   */
  public static Map<String, String> read(Path file) {
    Map<String, String> texts = new LinkedHashMap<>();
    try (FileImageInputStream stream = new FileImageInputStream(file.toFile())) {
      Iterator<ImageReader> readers = ImageIO.getImageReaders(stream);
      if (readers.hasNext()) {
        ImageReader reader = readers.next();
        try {
          if (reader.getFormatName().equalsIgnoreCase("png")) {
            reader.setInput(stream, true);
            collect((Element) reader.getImageMetadata(0).getAsTree(FORMAT), texts);
          }
        } finally {
          reader.dispose();
        }
      }
    } catch (IOException | RuntimeException e) { // ImageIO's readers throw both for damaged files
      throw ImageFileException.of(file.toString(), "a readable image file", e);
    }
    return texts;
  }

  private static void collect(Element tree, Map<String, String> texts) {
    NodeList entries = tree.getElementsByTagName("iTXtEntry");
    for (int i = 0; i < entries.getLength(); i++) {
      Element entry = (Element) entries.item(i);
      texts.put(entry.getAttribute("keyword"), entry.getAttribute("text"));
    }
  }
}
