package io.rapd.core.torch;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What makes a kernel: {@link Kernel#of} describes it.
 *
 * @param int8 the parameters that are int8 rows with a scale each
 */
record KernelDefinition(
    String name, String text, Map<String, ?> constants, List<String> parameters, Set<String> int8) {
  /** Whether it computes in bfloat16. */
  boolean inBfloat16() {
    return constants.containsValue(Precision.BFLOAT16);
  }

  /** The same in float32. */
  KernelDefinition widened() {
    Map<String, Object> widened = new HashMap<>(constants);
    widened.replaceAll((key, value) -> value == Precision.BFLOAT16 ? Precision.FLOAT32 : value);
    return new KernelDefinition(name, text, widened, parameters, int8);
  }

  KernelDefinition withInt8(Set<String> names) {
    return new KernelDefinition(name, text, constants, parameters, names);
  }
}
