package io.rapd.cli;

import static io.rapd.core.config.Check.check;
import static io.rapd.core.text.Messages.message;

import io.rapd.core.image.OutputFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * How generated images are named: text with the placeholders {prompt}, {seed}, {size}, {width},
 * {height} and {index}.
 *
 * @param text without extension
 */
record NamePattern(String text) {
  static final NamePattern OF_PROMPTS = new NamePattern("{prompt}_seed-{seed}_{size}");
  static final NamePattern OF_FRAMES = new NamePattern("frame-{index}_{size}");

  private static final Pattern PLACEHOLDER = Pattern.compile("\\{([^{}]*)\\}");

  /** Letters and digits of any language, and what every file system takes. */
  private static final Pattern PLAIN = Pattern.compile("[\\p{L}\\p{M}\\p{N} ._+=@-]*");

  private static final int LONGEST = 200;

  /** For picocli. */
  static final class Converter implements ITypeConverter<NamePattern> {
    @Override
    public NamePattern convert(String text) {
      NamePattern pattern = new NamePattern(text);
      try {
        pattern.fileName("prompt", 0, new ImageSize(1, 1), 1, OutputFormat.PNG);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
      return pattern;
    }
  }

  /**
   * The name of an image, with its extension.
   *
   * @param index number of the image, from 1
   * @throws IllegalArgumentException if the pattern has an unknown placeholder or characters that
   *     do not belong into a file name
   */
  String fileName(String prompt, long seed, ImageSize size, int index, OutputFormat format) {
    Matcher matcher = PLACEHOLDER.matcher(text);
    StringBuilder name = new StringBuilder();
    int end = 0;
    while (matcher.find()) {
      name.append(plain(text.substring(end, matcher.start())));
      name.append(
          switch (matcher.group(1)) {
            case "prompt" -> ImageFileName.label(prompt);
            case "seed" -> Long.toString(seed);
            case "size" -> size.toString();
            case "width" -> Integer.toString(size.width());
            case "height" -> Integer.toString(size.height());
            case "index" -> message("%05d", index);
            default ->
                throw new IllegalArgumentException(
                    "expected {prompt}, {seed}, {size}, {width}, {height} or {index} in a name,"
                        + " got "
                        + matcher.group());
          });
      end = matcher.end();
    }
    name.append(plain(text.substring(end)));
    check(
        !name.isEmpty() && name.charAt(0) != '.' && name.length() <= LONGEST,
        "expected a name of 1 to %d characters that does not start with a dot, got \"%s\"",
        LONGEST,
        name);
    return name + "." + format.extension();
  }

  private static String plain(String part) {
    check(
        PLAIN.matcher(part).matches(),
        "expected letters, digits, spaces and . _ + = @ - around the placeholders of a name, got"
            + " \"%s\"",
        part.replaceAll("\\p{Cntrl}", "?"));
    return part;
  }
}
