package io.rapd.train.ranks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What started this process together with others, as its environment says.
 *
 * @param variable that says so
 * @param processes that it started
 * @param libraries of its MPI, the likeliest first
 * @param local number of this process on its host, from 0
 */
record Launcher(String variable, int processes, List<String> libraries, int local) {
  private static final List<String> OPEN_MPI = List.of("libmpi.so.40", "libmpi.so.80");
  private static final List<String> MPICH = List.of("libmpich.so.12", "libmpi.so.12");

  /** The number of processes; whether the launcher is of the MPICH family. */
  private static final Map<String, Boolean> SIZES = new LinkedHashMap<>();

  static {
    SIZES.put("OMPI_COMM_WORLD_SIZE", false);
    SIZES.put("PMI_SIZE", true);
    SIZES.put("SLURM_STEP_NUM_TASKS", false);
  }

  private static final List<String> LOCAL =
      List.of("OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID", "SLURM_LOCALID");

  /** The launcher of several processes; empty where this process is the only one. */
  static Optional<Launcher> of(Map<String, String> environment) {
    for (Map.Entry<String, Boolean> size : SIZES.entrySet()) {
      int processes = number(environment.get(size.getKey()), 1);
      if (processes > 1) {
        List<String> libraries = new ArrayList<>(size.getValue() ? MPICH : OPEN_MPI);
        libraries.addAll(size.getValue() ? OPEN_MPI : MPICH);
        libraries.add("mpi");
        int local =
            LOCAL.stream()
                .filter(environment::containsKey)
                .findFirst()
                .map(name -> number(environment.get(name), 0))
                .orElse(0);
        return Optional.of(new Launcher(size.getKey(), processes, libraries, local));
      }
    }
    return Optional.empty();
  }

  private static int number(@Nullable String text, int otherwise) {
    return text != null && text.matches("[0-9]{1,9}") ? Integer.parseInt(text) : otherwise;
  }
}
