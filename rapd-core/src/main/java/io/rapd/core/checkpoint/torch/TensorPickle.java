package io.rapd.core.checkpoint.torch;

import static io.rapd.core.text.Messages.message;

import io.rapd.core.checkpoint.CheckpointException;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import net.razorvine.pickle.Opcodes;
import net.razorvine.pickle.PickleException;
import net.razorvine.pickle.PickleUtils;
import net.razorvine.pickle.Unpickler;
import org.jspecify.annotations.Nullable;

/**
 * The pickle library with every way to a class closed. Names go to {@link AllowedGlobals} alone,
 * never to the library's own registry of constructors; objects are built by lists, maps and
 * descriptions of tensors; the text opcodes of protocols 0 and 1, which torch.save does not write,
 * are refused. The number of operations and the length of every string are bounded, so that memory
 * and time grow with the file alone.
 */
final class TensorPickle extends Unpickler {
  /** A large model with its optimiser's state takes some 300,000. */
  private static final int MOST_OPERATIONS = 4_000_000;

  /** Integers longer than this are nobody's size or seed, and slow to print. */
  private static final int MOST_INTEGER_BYTES = 64;

  private final PickleBytes bytes;
  private final String file;
  private final Function<Object[], Object> persistent;
  private int operations;

  private TensorPickle(PickleBytes bytes, String file, Function<Object[], Object> persistent) {
    this.bytes = bytes;
    this.file = file;
    this.persistent = persistent;
  }

  /**
   * Reads one pickle.
   *
   * @param bytes from its first byte on; left after its last
   * @param file for messages
   * @param persistent what a persistent id stands for
   * @return maps, lists, {@code Object[]} for tuples, strings, numbers, booleans, null, {@code
   *     byte[]}, {@link TorchTensor}, {@link TorchStorage}, {@link PickledGlobal}, {@link Inert}
   * @throws CheckpointException where it is damaged or names what is not allowed
   */
  static @Nullable Object read(
      PickleBytes bytes, String file, Function<Object[], Object> persistent) {
    int begin = bytes.position();
    try {
      return new TensorPickle(bytes, file, persistent).load(bytes);
    } catch (CheckpointException e) {
      throw e;
    } catch (IOException | PickleException | IllegalArgumentException e) {
      throw damaged(bytes, file, begin, e.getMessage(), e);
    } catch (RuntimeException e) {
      // The library meets values that an operation does not expect with any of Java's exceptions.
      throw damaged(bytes, file, begin, "an operation has other values than it needs", e);
    }
  }

  private static CheckpointException damaged(
      PickleBytes bytes, String file, int begin, @Nullable String what, Exception cause) {
    return new CheckpointException(
        message(
            "%s: the pickle at byte %d is damaged near byte %d: %s",
            file, begin, bytes.position(), what),
        cause);
  }

  @Override
  protected @Nullable Object dispatch(short key) throws IOException {
    count(1);
    return switch (key) {
      // Values and the stack: the library's own.
      case Opcodes.PROTO, Opcodes.FRAME, Opcodes.STOP, Opcodes.MARK, Opcodes.POP, Opcodes.DUP ->
          super.dispatch(key);
      case Opcodes.NONE, Opcodes.NEWTRUE, Opcodes.NEWFALSE -> super.dispatch(key);
      case Opcodes.BININT, Opcodes.BININT1, Opcodes.BININT2, Opcodes.LONG1, Opcodes.BINFLOAT ->
          super.dispatch(key);
      case Opcodes.SHORT_BINSTRING, Opcodes.SHORT_BINBYTES, Opcodes.SHORT_BINUNICODE ->
          super.dispatch(key);
      case Opcodes.EMPTY_TUPLE, Opcodes.TUPLE, Opcodes.TUPLE1, Opcodes.TUPLE2, Opcodes.TUPLE3 ->
          super.dispatch(key);
      case Opcodes.EMPTY_LIST, Opcodes.MEMOIZE, Opcodes.BINPUT, Opcodes.LONG_BINPUT ->
          super.dispatch(key);
      case Opcodes.BINGET, Opcodes.LONG_BINGET, Opcodes.BINPERSID -> super.dispatch(key);
      // Strings with a length: checked before the library takes memory for them.
      case Opcodes.BINUNICODE, Opcodes.BINSTRING, Opcodes.BINBYTES ->
          ofLength(key, 4, Integer.MAX_VALUE);
      case Opcodes.BINUNICODE8, Opcodes.BINBYTES8, Opcodes.BYTEARRAY8 ->
          ofLength(key, 8, Integer.MAX_VALUE);
      case Opcodes.LONG4 -> ofLength(key, 4, MOST_INTEGER_BYTES);
      // Containers: the library hashes whatever it is given, and copies lists at each addition.
      case Opcodes.EMPTY_DICT -> push(new LinkedHashMap<Object, Object>());
      case Opcodes.EMPTY_SET -> push(new ArrayList<Object>());
      case Opcodes.FROZENSET -> push(stack.pop_all_since_marker());
      case Opcodes.APPEND -> append(Arrays.asList(stack.pop()));
      case Opcodes.APPENDS, Opcodes.ADDITEMS -> append(stack.pop_all_since_marker());
      case Opcodes.SETITEM -> setItem();
      case Opcodes.SETITEMS -> setItems(stack.pop_all_since_marker().toArray());
      // Names and objects: only those allowed, and nothing of them is executed.
      case Opcodes.GLOBAL -> global(PickleUtils.readline(bytes), PickleUtils.readline(bytes));
      case Opcodes.STACK_GLOBAL -> stackGlobal();
      case Opcodes.REDUCE, Opcodes.NEWOBJ -> call();
      case Opcodes.BUILD -> build(stack.pop());
      default ->
          throw new PickleException("operation " + key + " is not one that torch.save writes");
    };
  }

  @Override
  protected Object persistentLoad(Object id) {
    if (id instanceof Object[] fields) {
      return persistent.apply(fields);
    }
    throw new PickleException("a persistent id is " + TorchTensor.describe(id));
  }

  private @Nullable Object ofLength(short key, int prefix, long most) throws IOException {
    bytes.requireLength(prefix, most);
    return super.dispatch(key);
  }

  private Object push(Object value) {
    stack.add(value);
    return NO_RETURN_VALUE;
  }

  private Object global(String module, String name) {
    return push(AllowedGlobals.of(file, module, name));
  }

  private Object stackGlobal() {
    String name = (String) stack.pop();
    return global((String) stack.pop(), name);
  }

  private Object call() {
    Object[] arguments = (Object[]) stack.pop();
    count(arguments.length > 0 && arguments[0] instanceof List<?> list ? list.size() : 0);
    return push(((PickledGlobal) stack.pop()).call().apply(arguments));
  }

  /** Bounds what a file may ask for: a few bytes can name a long list again and again. */
  private void count(int more) {
    operations += more;
    if (operations < 0 || operations > MOST_OPERATIONS) {
      throw new PickleException("more than " + MOST_OPERATIONS + " operations");
    }
  }

  private Object append(List<Object> values) {
    Object target = stack.peek();
    if (target instanceof ArrayList<?>) {
      @SuppressWarnings("unchecked")
      List<Object> list = (List<Object>) target;
      list.addAll(values);
    } else if (!(target instanceof Inert)) {
      throw new PickleException("values are appended to " + TorchTensor.describe(target));
    }
    return NO_RETURN_VALUE;
  }

  private Object setItem() {
    Object value = stack.pop();
    return setItems(new Object[] {stack.pop(), value});
  }

  private Object setItems(@Nullable Object[] items) {
    Object target = stack.peek();
    if (target instanceof LinkedHashMap<?, ?>) {
      @SuppressWarnings("unchecked")
      Map<@Nullable Object, @Nullable Object> map =
          (Map<@Nullable Object, @Nullable Object>) target;
      for (int i = 0; i < items.length; i += 2) {
        map.put(requireKey(items[i]), items[i + 1]);
      }
    } else if (!(target instanceof Inert)) {
      throw new PickleException("items are set in " + TorchTensor.describe(target));
    }
    return NO_RETURN_VALUE;
  }

  private Object build(Object state) {
    Object target = stack.peek();
    if (target instanceof TorchTensor tensor) {
      tensor.setState(state);
    } else if (target instanceof LinkedHashMap<?, ?> map) {
      // A Namespace has its entries here; an OrderedDict its attributes, such as _metadata.
      if (map.isEmpty() && state instanceof Map<?, ?> fields) {
        count(fields.size());
        setItems(
            fields.entrySet().stream()
                .flatMap(entry -> Stream.of(entry.getKey(), entry.getValue()))
                .toArray());
      }
    } else if (!(target instanceof Inert) && !(target instanceof ArrayList<?>)) {
      throw new PickleException("state is set in " + TorchTensor.describe(target));
    }
    return NO_RETURN_VALUE;
  }

  /** Keys whose hash is short work: a list may contain itself. Tuples count by identity. */
  static @Nullable Object requireKey(@Nullable Object key) {
    if (key == null
        || key instanceof String
        || (key instanceof Number && !(key instanceof BigInteger))
        || key instanceof Boolean
        || key instanceof Object[]
        || key instanceof PickledGlobal
        || key instanceof Inert) {
      return key;
    }
    throw new PickleException("a key of a dictionary is " + TorchTensor.describe(key));
  }
}
