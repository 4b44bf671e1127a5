package io.rapd.train.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rapd.train.ThreadRanks;
import java.util.List;
import org.junit.jupiter.api.Test;

class RankAgreementTest {
  private static List<Integer> compared(List<String> versions) {
    return ThreadRanks.run(
        versions.size(),
        ranks -> {
          int rank = ranks.share().index();
          new RankAgreement(ranks).require("the version", versions.get(rank));
          return rank;
        });
  }

  @Test
  void differentVersionsAreRefusedByAllRanksNamingOne() {
    assertThatThrownBy(() -> compared(List.of("0.2.0", "0.2.0", "0.1.0")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the version of rank 2 is not rank 0's: 0.1.0 there and 0.2.0 here");
    assertThat(compared(List.of("0.2.0", "0.2.0"))).containsExactly(0, 1);
  }
}
