package io.rapd.core.torch;

import static io.rapd.core.text.Messages.message;
import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toSet;

import io.rapd.core.torch.KernelWeight.Form;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Translates the text of a kernel, in the notation described in {@link Kernel}, into TorchScript.
 * Line n of the text becomes line n of the script, so libtorch's line numbers apply to the text.
 */
final class KernelText {
  private static final Pattern NAME = Pattern.compile("\\$(\\w+(?:\\.\\w+)*)");
  private static final Pattern HEAD =
      Pattern.compile("def (\\w+)\\((?:self, )?(.+)\\)(?: -> (.+))?:");
  private static final Pattern UNPACKED = Pattern.compile("^(\\s*\\w+(?:, \\w+)+) = ");
  private static final Pattern WORD = Pattern.compile("(?<![\\w.])[a-zA-Z_]\\w*");
  private static final Pattern CALL = Pattern.compile("(?<![\\w.])(\\w+)\\(");
  private static final String STORED = "stored.";

  /** {@code c10::ScalarType}. */
  private static final Map<String, Integer> TYPES = Map.of("float32", 6, "float64", 7, "bool", 11);

  private final String kernel;
  private final Map<String, ?> constants;
  private final Collection<String> declared;
  private final Set<String> int8;
  private final List<String> lines;

  /** The weights used in the text by identifier. */
  private final Map<String, KernelWeight> weights = new LinkedHashMap<>();

  /** The identifiers of the weights that each method needs, itself or for methods it calls. */
  private final Map<String, Set<String>> needs = new LinkedHashMap<>();

  private final String script;

  /**
   * Translates a text.
   *
   * @throws IllegalArgumentException if it uses an unknown name, or an int8 parameter as stored,
   *     stating the kernel and the line
   */
  KernelText(KernelDefinition definition) {
    kernel = definition.name();
    constants = definition.constants();
    declared = definition.parameters();
    int8 = definition.int8();
    lines = definition.text().lines().toList();
    List<String> expanded = new ArrayList<>();
    for (int line = 1; line <= lines.size(); line++) {
      expanded.add(expand(lines.get(line - 1), line));
    }
    while (findNeeds(expanded)) {
      // Needs propagate from methods to their callers.
    }
    String entry = "";
    StringBuilder written = new StringBuilder();
    for (String line : expanded) {
      Matcher head = HEAD.matcher(line);
      if (!head.matches()) {
        written.append(calls(line));
      } else if (head.group(1).equals("forward") && !weights.isEmpty()) {
        written.append(head("text", needs("forward"), List.of(), head));
        entry = entry(head);
      } else {
        written.append(head(head.group(1), needs(head.group(1)), List.of(), head));
      }
      written.append('\n');
    }
    script = written + entry;
  }

  /** The parameters in the order in which {@code forward} takes them after the activations. */
  List<String> parameters() {
    return weights.values().stream().map(KernelWeight::parameter).distinct().toList();
  }

  /** The parameters in int8, in the order in which their scales follow all parameters. */
  List<String> scaled() {
    return parameters().stream().filter(int8::contains).toList();
  }

  /** The parameters that the text uses as stored, which therefore cannot be int8. */
  Set<String> storedParameters() {
    return weights.values().stream()
        .filter(weight -> weight.form() == Form.STORED && !int8.contains(weight.parameter()))
        .map(KernelWeight::parameter)
        .collect(toSet());
  }

  /** The methods in TorchScript's serialised dialect, not indented. */
  String script() {
    return script;
  }

  /** For messages: {@code kernel Scale, line 3 "y = x"}, without a line that is not in the text. */
  String place(int line) {
    return line < 1 || line > lines.size()
        ? "kernel " + kernel
        : message("kernel %s, line %s \"%s\"", kernel, line, lines.get(line - 1).strip());
  }

  private String expand(String line, int number) {
    String text = line;
    while (text.indexOf('$') >= 0) { // values of constants may contain further names
      String before = text;
      text = NAME.matcher(before).replaceAll(name -> value(name.group(1), number));
      if (text.equals(before)) {
        throw new IllegalArgumentException(place(number) + ": a name must follow each $");
      }
    }
    return UNPACKED.matcher(text).replaceFirst("$1, = ");
  }

  private String value(String name, int line) {
    Object constant = constants.containsKey(name) ? constants.get(name) : TYPES.get(name);
    if (constant != null) {
      return Matcher.quoteReplacement(literal(constant));
    }
    boolean stored = name.startsWith(STORED);
    String layer = stored ? name.substring(STORED.length()) : name;
    List<String> arguments = new ArrayList<>();
    for (String parameter : declared) {
      if (parameter.equals(layer) || parameter.startsWith(layer + ".")) {
        arguments.add(argument(parameter, stored, line));
      }
    }
    if (arguments.isEmpty()) {
      throw new IllegalArgumentException(
          message(
              "%s: $%s is neither a constant, one of %s, nor a parameter, one of %s",
              place(line), name, new TreeMap<>(constants), declared));
    }
    return String.join(", ", arguments);
  }

  private String argument(String parameter, boolean stored, int line) {
    if (!int8.contains(parameter)) {
      return use(parameter, stored ? Form.STORED : Form.CAST);
    }
    if (stored) {
      throw new IllegalArgumentException(
          message("%s: parameter %s is used as stored, but is int8", place(line), parameter));
    }
    // Widened where it is used, so that one matrix at a time takes the memory of its wide form.
    return message(
        "torch.mul_(%s, %s)",
        KernelWeight.cast(use(parameter, Form.STORED), dtype()),
        KernelWeight.cast(use(parameter, Form.SCALE), dtype()));
  }

  private String use(String parameter, Form form) {
    KernelWeight weight = new KernelWeight(parameter, form);
    weights.put(weight.identifier(), weight);
    return weight.identifier();
  }

  private String dtype() {
    return literal(constants.containsKey("dtype") ? constants.get("dtype") : Precision.FLOAT32);
  }

  private static String literal(Object constant) {
    if (constant instanceof Precision precision) {
      return Integer.toString(precision.scalarType());
    }
    if (constant instanceof Boolean flag) {
      return flag ? "True" : "False";
    }
    return constant.toString();
  }

  /** One pass over all lines; returns whether it found a new need. */
  private boolean findNeeds(List<String> expanded) {
    boolean more = false;
    Set<String> own = new LinkedHashSet<>();
    for (String line : expanded) {
      Matcher head = HEAD.matcher(line);
      if (head.matches()) {
        more |= !needs.containsKey(head.group(1));
        own = needs.computeIfAbsent(head.group(1), name -> new LinkedHashSet<>());
      } else {
        for (String word : WORD.matcher(line).results().map(MatchResult::group).toList()) {
          more |= own.addAll(weights.containsKey(word) ? Set.of(word) : needs(word));
        }
      }
    }
    return more;
  }

  private Set<String> needs(String method) {
    return needs.getOrDefault(method, Set.of());
  }

  private String calls(String line) {
    return CALL.matcher(line)
        .replaceAll(
            call -> {
              String name = call.group(1);
              String weights = needs(name).stream().map(w -> w + ", ").collect(joining());
              return needs.containsKey(name) ? "(self)." + name + "(" + weights : call.group();
            });
  }

  private static String head(
      String name, Collection<String> before, Collection<String> after, Matcher head) {
    String arguments =
        Stream.of(before.stream(), Stream.of(head.group(2).split(", ")), after.stream())
            .flatMap(names -> names)
            .map(argument -> argument.contains(":") ? argument : argument + ": Tensor")
            .collect(joining(", "));
    String result = head.group(3) == null ? "Tensor" : head.group(3);
    return message("def %s(self, %s) -> %s:", name, arguments, result);
  }

  /**
   * The script's entry point: takes activations, parameters and scales, and casts once each
   * parameter that is not int8.
   */
  private String entry(Matcher head) {
    List<String> inputs =
        Stream.concat(
                parameters().stream().map(name -> new KernelWeight(name, Form.STORED)),
                scaled().stream().map(name -> new KernelWeight(name, Form.SCALE)))
            .map(KernelWeight::identifier)
            .toList();
    String values =
        needs("forward").stream()
            .map(name -> Objects.requireNonNull(weights.get(name)).value(dtype()))
            .collect(joining(", "));
    String activations = head.group(2).replaceAll(":[^,]*", "");
    return message(
        "%s\n  return (self).text(%s, %s)\n",
        head("forward", List.of(), inputs, head), values, activations);
  }
}
