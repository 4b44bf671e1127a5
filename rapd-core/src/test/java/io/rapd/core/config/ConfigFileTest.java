package io.rapd.core.config;

import static io.rapd.core.config.Check.check;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigFileTest {
  record Outer(String name, Inner inner, List<Integer> sizes, Shape shape, Mode mode) {}

  record Inner(int width, int heads, double rate, boolean on) {
    Inner {
      check(width % heads == 0, "width (%d) must be divisible by heads (%d)", width, heads);
    }
  }

  enum Mode {
    FAST,
    EXACT
  }

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = Disc.class, name = "disc"),
    @JsonSubTypes.Type(value = Square.class, name = "square")
  })
  sealed interface Shape permits Disc, Square {}

  record Disc(double radius) implements Shape {}

  record Square(int side) implements Shape {}

  private static final String GOOD =
      """
      {"name": "a", "inner": {"width": 8, "heads": 2, "rate": 1, "on": true},
       "sizes": [1, 2], "shape": {"type": "disc", "radius": 0.5}, "mode": "exact"}
      """;

  private static Outer parse(String json, String... overrides) {
    return ConfigFile.parse("x.json", json, Outer.class, List.of(overrides));
  }

  @Test
  void whatIsWrittenReadsBackEqual() {
    Outer outer = parse(GOOD);
    assertThat(outer.shape()).isEqualTo(new Disc(0.5));
    assertThat(outer.mode()).isEqualTo(Mode.EXACT);
    assertThat(parse(ConfigFile.write(outer))).isEqualTo(outer);
  }

  @Test
  void overridesReachAnyField() {
    Outer outer = parse(GOOD, "inner.width=10", "name=red apple", "sizes=[3]", "mode=fast");
    assertThat(outer.inner().width()).isEqualTo(10);
    assertThat(outer.name()).isEqualTo("red apple");
    assertThat(outer.sizes()).containsExactly(3);
    assertThat(outer.mode()).isEqualTo(Mode.FAST);
    assertThatThrownBy(() -> parse(GOOD, "inner.depth=1"))
        .hasMessage(
            "--set inner.depth: x.json has no field \"depth\"; it has width, heads, rate, on");
    assertThatThrownBy(() -> parse(GOOD, "inner")).hasMessageContaining("path.to.field=value");
    assertThatThrownBy(() -> parse(GOOD, "name.x=1")).hasMessageContaining("has no fields");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"width\": 8|\"width\": \"8\"|x.json: inner.width: expected an integer, found 8",
        "\"width\": 8|\"width\": 8.5|x.json: inner.width: expected an integer, found 8.5",
        "\"width\": 8|\"widht\": 8|x.json: inner: widht: unknown field; expected one of heads, on, rate, width",
        "\"width\": 8,|''|x.json: inner: field \"width\" is missing",
        "\"width\": 8|\"width\": null|x.json: inner: field \"width\" is null",
        "\"width\": 8|\"width\": 9|x.json: inner: width (9) must be divisible by heads (2)",
        "\"on\": true|\"on\": \"yes\"|x.json: inner.on: expected true or false, found yes",
        "\"name\": \"a\"|\"name\": 7|x.json: name: expected a string, found 7",
        "\"exact\"|\"slow\"|x.json: mode: expected one of fast, exact, found slow",
        "\"disc\"|\"cube\"|x.json: shape: field \"type\" must be one of disc, square",
        "[1, 2]|[1, \"b\"]|x.json: sizes[1]: expected an integer, found b",
        "[1, 2]|3|x.json: sizes: expected a list",
        "\"name\": \"a\"|\"name\": \"a\", \"name\": \"b\"|Duplicate field 'name'",
        "\"exact\"}|\"exact\"} 7|Trailing token",
        "\"exact\"}|\"exact\"|x.json: Unexpected end-of-input"
      })
  void badInputIsNamedInOneLine(String from, String to, String message) {
    String json = GOOD.replace(from, to == null ? "" : to);
    assertThat(json).isNotEqualTo(GOOD);
    assertThatThrownBy(() -> parse(json))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(message)
        .extracting(Throwable::getMessage)
        .asString()
        .doesNotContain("\n");
  }

  @Test
  void aMissingFileIsNamed() {
    assertThatThrownBy(() -> ConfigFile.read(Path.of("none.json"), Outer.class, List.of()))
        .hasMessage("none.json: no such file");
    assertThatThrownBy(() -> parse("[]")).hasMessage("x.json: expected a JSON object, found ARRAY");
  }

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = NoRule.class, name = "none"),
    @JsonSubTypes.Type(value = Fixed.class, name = "fixed")
  })
  sealed interface Rule permits NoRule, Fixed {}

  record NoRule() implements Rule {}

  record Fixed(int value) implements Rule {}

  record Optional(
      @Default("{\"type\": \"none\"}") Rule rule,
      @Default(
              value = "{\"width\": 2, \"heads\": 1, \"rate\": 0.5, \"on\": true}",
              without = "rule")
          Inner inner) {}

  private static Optional blocks(String json, String... overrides) {
    return ConfigFile.parse("x.json", json, Optional.class, List.of(overrides));
  }

  @Test
  void blocksThatDoNotApplyMayBeLeftOut() {
    Inner inner = new Inner(2, 1, 0.5, true);
    assertThat(blocks("{}")).isEqualTo(new Optional(new NoRule(), inner));
    assertThat(blocks("{\"rule\": {\"type\": \"none\"}}")).isEqualTo(blocks("{}"));
    assertThat(blocks(ConfigFile.write(blocks("{}")))).isEqualTo(blocks("{}"));
    String fixed = "rule={\"type\": \"fixed\", \"value\": 3}";
    assertThatThrownBy(() -> blocks("{}", fixed)).hasMessage("x.json: field \"inner\" is missing");
    String given = "inner={\"width\": 4, \"heads\": 2, \"rate\": 1, \"on\": false}";
    assertThat(blocks("{}", fixed, given))
        .isEqualTo(new Optional(new Fixed(3), new Inner(4, 2, 1, false)));
    assertThatThrownBy(() -> blocks("{\"inner\": null}")).hasMessageContaining("\"inner\" is null");
    assertThatThrownBy(() -> blocks("{}", "inner.width=2"))
        .hasMessageContaining("no field \"inner\"");
    assertThatThrownBy(() -> blocks("{}", "ruel=1")).hasMessageContaining("no field \"ruel\"");
  }
}
