package io.rapd.core.config;

/** A configuration that cannot be used; the message names file, field, expected and found. */
public final class ConfigException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /** With a one-line message. */
  public ConfigException(String message) {
    super(message);
  }
}
