package io.rapd.train.ranks;

import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;

/**
 * The constants of {@code mpi.h}, which the two binary interfaces define differently: in Open MPI
 * handles are addresses of its variables; in MPICH, and in Intel MPI and MVAPICH, which share its
 * interface, they are integers.
 *
 * @param version what MPI_Get_library_version says, first line
 * @param world MPI_COMM_WORLD
 * @param floats MPI_FLOAT
 * @param doubles MPI_DOUBLE
 * @param sum MPI_SUM
 * @param inPlace MPI_IN_PLACE
 */
record MpiFamily(
    String version, Object world, Object floats, Object doubles, Object sum, Pointer inPlace) {
  /**
   * The constants of a library.
   *
   * @throws IllegalArgumentException where it is of another family
   */
  static MpiFamily of(String version, NativeLibrary library) {
    String line = version.lines().findFirst().orElse("").strip();
    if (line.startsWith("Open MPI")) {
      return new MpiFamily(
          line.replaceFirst(",.*", ""),
          library.getGlobalVariableAddress("ompi_mpi_comm_world"),
          library.getGlobalVariableAddress("ompi_mpi_float"),
          library.getGlobalVariableAddress("ompi_mpi_double"),
          library.getGlobalVariableAddress("ompi_mpi_op_sum"),
          Pointer.createConstant(1L));
    }
    if (line.startsWith("MPICH") || line.startsWith("Intel") || line.startsWith("MVAPICH")) {
      return new MpiFamily(
          line.replaceAll("\\s+", " "),
          0x44000000,
          0x4c00040a,
          0x4c00080b,
          0x58000003,
          Pointer.createConstant(-1L));
    }
    throw new IllegalArgumentException(
        library.getName()
            + ": is \""
            + line
            + "\"; supported are Open MPI and those with the interface of MPICH (MPICH, Intel MPI,"
            + " MVAPICH)");
  }
}
