package io.rapd.eval.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class ResultTableTest {
  private final ResultTable table =
      new ResultTable(1, List.of("name", "value"))
          .row(List.of("a|b", "1"))
          .row(List.of("x, \"y\" & <z>", "2"));

  @Test
  void cellsAreEscapedForTheirFormat() {
    assertThat(table.markdown())
        .isEqualTo("| name | value |\n|---|---:|\n| a\\|b | 1 |\n| x, \"y\" & <z> | 2 |\n");
    assertThat(table.csv()).isEqualTo("name,value\na|b,1\n\"x, \"\"y\"\" & <z>\",2\n");
    assertThat(table.html())
        .contains("<td class=name>x, &quot;y&quot; &amp; &lt;z&gt;</td><td>2</td>");
  }

  @Test
  void aRowHasACellPerColumn() {
    assertThatThrownBy(() -> table.row(List.of("a")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a row must have 2 cells, got 1");
  }
}
