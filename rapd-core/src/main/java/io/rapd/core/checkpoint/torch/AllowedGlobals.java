package io.rapd.core.checkpoint.torch;

import io.rapd.core.checkpoint.CheckpointException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The Python names that a pickle may use: those that describe tensors, and containers and plain
 * values that trainers store beside them. None of them is executed: each stands for a function here
 * that only builds lists, maps and descriptions.
 */
final class AllowedGlobals {
  private static final Map<String, PickledGlobal> ALLOWED = new HashMap<>();

  /** Dictionaries, of which the entries count. */
  private static final List<String> MAPS =
      List.of(
          "collections.OrderedDict",
          "collections.Counter",
          "argparse.Namespace",
          "pytorch_lightning.utilities.parsing.AttributeDict",
          "lightning.pytorch.utilities.parsing.AttributeDict",
          "lightning_fabric.utilities.data.AttributeDict",
          "lightning.fabric.utilities.data.AttributeDict");

  private static final List<String> LISTS =
      List.of("set", "frozenset", "list", "tuple", "collections.deque");

  /** Values without weights: hyper parameters, paths, numpy scalars, OmegaConf trees. */
  private static final List<String> INERT =
      List.of(
          "_codecs.encode",
          "bool",
          "int",
          "float",
          "complex",
          "str",
          "bytes",
          "bytearray",
          "slice",
          "range",
          "pathlib.Path",
          "pathlib.PosixPath",
          "pathlib.PurePosixPath",
          "pathlib.WindowsPath",
          "pathlib.PureWindowsPath",
          "pathlib._local.PosixPath",
          "pathlib._local.WindowsPath",
          "numpy.dtype",
          "numpy.ndarray",
          "numpy.core.multiarray.scalar",
          "numpy._core.multiarray.scalar",
          "numpy.core.multiarray._reconstruct",
          "numpy._core.multiarray._reconstruct",
          "omegaconf.dictconfig.DictConfig",
          "omegaconf.listconfig.ListConfig",
          "omegaconf.base.ContainerMetadata",
          "omegaconf.base.Metadata",
          "omegaconf.nodes.AnyNode",
          "omegaconf.nodes.StringNode",
          "omegaconf.nodes.IntegerNode",
          "omegaconf.nodes.FloatNode",
          "omegaconf.nodes.BooleanNode",
          "typing.Any",
          "torch.device",
          "torch.strided",
          "torch.contiguous_format",
          "torch.preserve_format",
          "torch.channels_last",
          "torch.serialization._get_layout");

  static {
    for (String name : MAPS) {
      allow(name, AllowedGlobals::map);
    }
    allow("collections.defaultdict", arguments -> new LinkedHashMap<Object, Object>());
    allow("builtins.dict", AllowedGlobals::map);
    allow("__builtin__.dict", AllowedGlobals::map);
    for (String name : LISTS) {
      builtin(name, AllowedGlobals::list);
    }
    for (String name : INERT) {
      builtin(name, arguments -> new Inert(name));
    }
    allow("torch.Size", AllowedGlobals::tuple);
    allow("torch._utils._rebuild_tensor", TorchTensor::of);
    allow("torch._utils._rebuild_tensor_v2", TorchTensor::of);
    allow("torch._utils._rebuild_tensor_v3", AllowedGlobals::tensorOfType);
    allow("torch._utils._rebuild_parameter", AllowedGlobals::parameter);
    allow("torch._utils._rebuild_parameter_with_state", AllowedGlobals::parameter);
    allow("torch._tensor._rebuild_from_type_v2", AllowedGlobals::fromType);
    allow("torch.nn.parameter.Parameter", AllowedGlobals::parameter);
    allow("torch.nn.parameter.Buffer", AllowedGlobals::parameter);
    allow("torch.Tensor", AllowedGlobals::parameter);
    for (TorchType type : TorchType.values()) {
      allowType(type);
    }
  }

  private AllowedGlobals() {}

  /** A name of a module, or a built-in one under its module of either Python. */
  private static void builtin(String name, Function<Object[], Object> call) {
    if (name.contains(".")) {
      allow(name, call);
    } else {
      allow("builtins." + name, call);
      allow("__builtin__." + name, call);
    }
  }

  private static void allow(String name, Function<Object[], Object> call) {
    ALLOWED.put(name, new PickledGlobal(name, name, call));
  }

  private static void allowType(TorchType type) {
    if (type.dtypeName() != null) {
      String name = "torch." + type.dtypeName();
      ALLOWED.put(name, new PickledGlobal(name, type, arguments -> new Inert(name)));
    }
    if (type.storageName() != null) {
      for (String module : List.of("torch.", "torch.cuda.", "torch.storage.")) {
        String storage = module + type.storageName() + "Storage";
        ALLOWED.put(storage, new PickledGlobal(storage, type, arguments -> new Inert(storage)));
        // The classes of tensors before 0.4.
        allow(module + type.storageName() + "Tensor", AllowedGlobals::parameter);
      }
    }
  }

  /**
   * What a name stands for.
   *
   * @throws CheckpointException where it is not allowed
   */
  static PickledGlobal of(String file, String module, String name) {
    PickledGlobal known = ALLOWED.get(module + "." + name);
    if (known == null) {
      throw new CheckpointException(
          "%s: names %s, which no tensor needs: refused, and nothing in it was executed; save its state_dict alone, or as safetensors",
          file, shortened(module + "." + name));
    }
    return known;
  }

  private static String shortened(String name) {
    return name.length() <= 200 ? name : name.substring(0, 200) + "...";
  }

  /**
   * A dictionary: empty, another one, or a list of pairs (Python 2's OrderedDict). Nothing is
   * copied but pairs, which {@link TensorPickle} counts.
   */
  private static Object map(Object[] arguments) {
    if (arguments.length > 0 && arguments[0] instanceof LinkedHashMap<?, ?> other) {
      return other;
    }
    Map<Object, Object> map = new LinkedHashMap<>();
    if (arguments.length > 0 && arguments[0] instanceof List<?> pairs) {
      for (Object pair : pairs) {
        Object[] both = pair instanceof List<?> list && list.size() == 2 ? list.toArray() : null;
        both = pair instanceof Object[] tuple ? tuple : both;
        if (both == null || both.length != 2) {
          throw new IllegalArgumentException("a dictionary of " + TorchTensor.describe(pair));
        }
        map.put(TensorPickle.requireKey(both[0]), both[1]);
      }
    }
    return map;
  }

  private static Object list(Object[] arguments) {
    return arguments.length > 0 && arguments[0] instanceof ArrayList<?> other
        ? other
        : new ArrayList<>();
  }

  private static Object tuple(Object[] arguments) {
    return arguments.length > 0 && arguments[0] instanceof Object[] sizes ? sizes : new Object[0];
  }

  private static Object tensorOfType(Object[] arguments) {
    if (arguments.length < 7
        || !(arguments[6] instanceof PickledGlobal dtype)
        || !(dtype.value() instanceof TorchType type)) {
      throw new IllegalArgumentException("a tensor has no dtype");
    }
    return TorchTensor.of(arguments).as(type);
  }

  /** A parameter is its data; without data it waits for its state. */
  private static Object parameter(Object[] arguments) {
    if (arguments.length == 0 || arguments[0] == null) {
      return new TorchTensor();
    }
    if (arguments[0] instanceof TorchTensor data) {
      return data;
    }
    throw new IllegalArgumentException("a parameter of " + TorchTensor.describe(arguments[0]));
  }

  /** {@code (function, type, arguments, state)} of tensors with attributes. */
  private static Object fromType(Object[] arguments) {
    if (arguments.length < 3
        || !(arguments[0] instanceof PickledGlobal function)
        || !function.name().startsWith("torch._utils._rebuild_")
        || !(arguments[2] instanceof Object[] inner)) {
      throw new IllegalArgumentException("a tensor of an unknown type");
    }
    return function.call().apply(inner);
  }
}
