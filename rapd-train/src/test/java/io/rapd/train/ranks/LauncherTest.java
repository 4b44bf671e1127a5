package io.rapd.train.ranks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class LauncherTest {
  @Test
  void launchersAreKnownByWhatTheySet() {
    Launcher open =
        Launcher.of(Map.of("OMPI_COMM_WORLD_SIZE", "8", "OMPI_COMM_WORLD_LOCAL_RANK", "3"))
            .orElseThrow();
    assertThat(open.processes()).isEqualTo(8);
    assertThat(open.local()).isEqualTo(3);
    assertThat(open.libraries()).startsWith("libmpi.so.40");
    Launcher mpich = Launcher.of(Map.of("PMI_SIZE", "2", "MPI_LOCALRANKID", "1")).orElseThrow();
    assertThat(mpich.local()).isEqualTo(1);
    assertThat(mpich.libraries()).startsWith("libmpich.so.12");
    Launcher slurm =
        Launcher.of(Map.of("SLURM_STEP_NUM_TASKS", "4", "SLURM_LOCALID", "2")).orElseThrow();
    assertThat(slurm.processes()).isEqualTo(4);
  }

  @Test
  void aProcessAloneNeedsNoMpi() {
    assertThat(Launcher.of(Map.of())).isEmpty();
    assertThat(Launcher.of(Map.of("OMPI_COMM_WORLD_SIZE", "1"))).isEmpty();
    // A batch script of Slurm, before srun.
    assertThat(Launcher.of(Map.of("SLURM_NTASKS", "8", "SLURM_PROCID", "0"))).isEmpty();
  }
}
