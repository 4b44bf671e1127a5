package io.rapd.train.ranks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.jna.NativeLibrary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MpiFamilyTest {
  /** Of these nothing but the version is asked. */
  private final NativeLibrary library = NativeLibrary.getProcess();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "MPICH Version:      4.0.2\nMPICH Release date: ...",
        "Intel(R) MPI Library 2021.9 for Linux* OS",
        "MVAPICH2 Version      :\t2.3.7"
      })
  void librariesWithTheInterfaceOfMpichHaveIntegersAsHandles(String version) {
    MpiFamily family = MpiFamily.of(version, library);
    assertThat(family.world()).isEqualTo(0x44000000);
    assertThat(family.version()).doesNotContain("\n", "\t", "  ");
  }

  @Test
  void anotherFamilyIsRefusedByName() {
    assertThatThrownBy(() -> MpiFamily.of("HP MPI 02.03\nCopyright", library))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is \"HP MPI 02.03\"; supported are Open MPI and those with the");
  }
}
