package io.rapd.core.image;

import java.io.IOException;
import java.util.Map;
import javax.imageio.metadata.IIOInvalidTreeException;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;

/** What a file says about its image: sRGB, and texts by keyword. */
final class FileText {
  private static final String PNG = "javax_imageio_png_1.0";
  private static final String JPEG = "javax_imageio_jpeg_image_1.0";
  private static final String TIFF = "javax_imageio_tiff_image_1.0";
  private static final String STANDARD_TIFF_TAGS = "javax.imageio.plugins.tiff.BaselineTIFFTagSet";
  private static final String IMAGE_DESCRIPTION = "270";

  /** A JPEG comment has a length of 16 bits, its own included. */
  private static final int LONGEST_COMMENT = 65_533;

  private final OutputFormat format;
  private final Map<String, String> entries;

  FileText(OutputFormat format, Map<String, String> entries) {
    this.format = format;
    this.entries = entries;
  }

  void addTo(IIOMetadata metadata) throws IOException {
    switch (format) {
      case PNG -> metadata.mergeTree(PNG, png());
      case JPEG -> addComment(metadata);
      case TIFF -> addDescription(metadata);
      default -> {}
    }
  }

  private IIOMetadataNode png() {
    IIOMetadataNode root = new IIOMetadataNode(PNG);
    IIOMetadataNode srgb = new IIOMetadataNode("sRGB");
    srgb.setAttribute("renderingIntent", "Perceptual");
    root.appendChild(srgb);
    IIOMetadataNode texts = new IIOMetadataNode("iTXt");
    entries.forEach(
        (keyword, text) -> {
          IIOMetadataNode entry = new IIOMetadataNode("iTXtEntry");
          entry.setAttribute("keyword", keyword);
          entry.setAttribute("compressionFlag", "FALSE");
          entry.setAttribute("compressionMethod", "0");
          entry.setAttribute("languageTag", "");
          entry.setAttribute("translatedKeyword", "");
          entry.setAttribute("text", text);
          texts.appendChild(entry);
        });
    if (texts.hasChildNodes()) {
      root.appendChild(texts);
    }
    return root;
  }

  /** Keywords and texts, for formats of one comment. */
  String lines() {
    StringBuilder lines = new StringBuilder();
    entries.forEach(
        (keyword, text) -> lines.append(keyword).append(": ").append(text).append('\n'));
    return lines.toString().strip();
  }

  private void addComment(IIOMetadata metadata) throws IIOInvalidTreeException {
    byte[] comment = lines().getBytes(java.nio.charset.StandardCharsets.UTF_8);
    if (comment.length > 0 && comment.length <= LONGEST_COMMENT) {
      IIOMetadataNode root = (IIOMetadataNode) metadata.getAsTree(JPEG);
      IIOMetadataNode node = new IIOMetadataNode("com");
      node.setUserObject(comment);
      root.getElementsByTagName("markerSequence").item(0).appendChild(node);
      metadata.setFromTree(JPEG, root);
    }
  }

  private void addDescription(IIOMetadata metadata) throws IIOInvalidTreeException {
    if (!entries.isEmpty()) {
      IIOMetadataNode root = (IIOMetadataNode) metadata.getAsTree(TIFF);
      IIOMetadataNode value = new IIOMetadataNode("TIFFAscii");
      value.setAttribute("value", lines());
      IIOMetadataNode values = new IIOMetadataNode("TIFFAsciis");
      values.appendChild(value);
      IIOMetadataNode field = new IIOMetadataNode("TIFFField");
      field.setAttribute("number", IMAGE_DESCRIPTION);
      field.setAttribute("name", "ImageDescription");
      field.appendChild(values);
      IIOMetadataNode directory = (IIOMetadataNode) root.getFirstChild();
      if (directory == null) {
        directory = new IIOMetadataNode("TIFFIFD");
        directory.setAttribute("tagSets", STANDARD_TIFF_TAGS);
        root.appendChild(directory);
      }
      directory.appendChild(field);
      metadata.setFromTree(TIFF, root);
    }
  }
}
