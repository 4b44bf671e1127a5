package io.rapd.core.torch;

/** A parameter of a kernel in one of the forms in which its methods take it. */
record KernelWeight(String parameter, Form form) {
  /** Cast to {@code $dtype}, as stored, or the scales of its int8 rows. */
  enum Form {
    CAST("weight_"),
    STORED("stored_"),
    SCALE("scale_");

    private final String prefix;

    Form(String prefix) {
      this.prefix = prefix;
    }
  }

  /** Its name in the script. */
  String identifier() {
    return form.prefix + parameter.replace('.', '_');
  }

  /** The expression for its value in the entry point, which knows what is stored. */
  String value(String dtype) {
    return form == Form.CAST
        ? cast(new KernelWeight(parameter, Form.STORED).identifier(), dtype)
        : identifier();
  }

  static String cast(String identifier, String dtype) {
    return "torch.to(" + identifier + ", " + dtype + ")";
  }
}
