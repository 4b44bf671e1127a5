package io.rapd.core.torch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the folder into which native libraries are unpacked: the user's own, writable, with room,
 * and not mounted noexec. Left alone, DJL takes a folder named {@code ?} in the current directory
 * for a user without a home folder, or one in the temporary folder that the next user cannot write.
 *
 * <p>In this order: the folder that {@code DJL_CACHE_DIR} names, and no other where it is set;
 * {@code .djl.ai} in the home folder, which is DJL's own choice; {@code rapd} in {@code
 * XDG_CACHE_HOME}; {@code rapd-UID} in the temporary folder, unless it belongs to another user. The
 * first two may be read-only if libtorch lies in them already; then only DJL uses them.
 */
final class CacheFolder {
  /** DJL's setting, an environment variable or else a system property. */
  static final String SETTING = "DJL_CACHE_DIR";

  /** What libtorch for a CPU takes once unpacked, and what the other libraries take. */
  private static final long LIBTORCH_MB = 450;

  private static final long OTHERS_MB = 40;

  private final Function<String, @Nullable String> settings;
  private final Predicate<Path> loadable;
  private final List<String> refused = new ArrayList<>();
  private long neededMb = LIBTORCH_MB + OTHERS_MB;

  private CacheFolder(Function<String, @Nullable String> settings, Predicate<Path> loadable) {
    this.settings = settings;
    this.loadable = loadable;
  }

  /**
   * The choice.
   *
   * @param own writable: where this library unpacks
   * @param djl where DJL unpacks, or has unpacked, libtorch and its tokenizers
   */
  record Choice(Path own, Path djl) {}

  /**
   * Chooses for this process and creates the folder if need be.
   *
   * @throws IllegalStateException where no folder can be used; the message gives the reason for
   *     each and the setting that names another
   */
  static Choice choose() {
    return choose(CacheFolder::setting, CacheFolder::isLoadable);
  }

  /**
   * As {@link #choose()}.
   *
   * @param settings environment variables and system properties by name
   * @param loadable whether libraries can be loaded from an existing folder
   */
  static Choice choose(Function<String, @Nullable String> settings, Predicate<Path> loadable) {
    return new CacheFolder(settings, loadable).search();
  }

  private static @Nullable String setting(String name) {
    String variable = System.getenv(name);
    return variable != null ? variable : System.getProperty(name);
  }

  private Choice search() {
    Path named = path(SETTING);
    Path first = named != null ? named : inHome();
    Path filled = first != null && holdsLibtorch(first) && loadable.test(first) ? first : null;
    if (filled != null || isSet("PYTORCH_LIBRARY_PATH") || isSet("ENGINE_CACHE_DIR")) {
      neededMb = OTHERS_MB;
    }
    List<Supplier<@Nullable Path>> folders = new ArrayList<>();
    folders.add(() -> first);
    if (named == null || filled != null) {
      folders.addAll(List.of(this::inCacheHome, this::inTemporaryFolder));
    }
    return folders.stream()
        .map(Supplier::get)
        .filter(Objects::nonNull)
        .filter(this::isUsable)
        .findFirst()
        .map(own -> new Choice(own, filled != null ? filled : own))
        .orElseThrow(this::none);
  }

  private IllegalStateException none() {
    return new IllegalStateException(
        String.format(
            Locale.ROOT,
            "no folder for native libraries: %s; set %s, in the environment or as a system"
                + " property, to a folder of yours with %d MB free that is not mounted noexec",
            refused.isEmpty() ? "no home folder" : String.join(", ", refused),
            SETTING,
            neededMb));
  }

  private boolean isSet(String name) {
    String value = settings.apply(name);
    return value != null && !value.isEmpty();
  }

  private @Nullable Path path(String setting) {
    try {
      return isSet(setting) ? Path.of(Objects.requireNonNull(settings.apply(setting))) : null;
    } catch (InvalidPathException e) {
      refused.add(setting + " (is no path)");
      return null;
    }
  }

  private @Nullable Path inHome() {
    Path home = path("user.home");
    // Java says "?" for a user without a home folder.
    return home != null && home.isAbsolute() && Files.isDirectory(home)
        ? home.resolve(".djl.ai")
        : null;
  }

  private @Nullable Path inCacheHome() {
    Path cache = path("XDG_CACHE_HOME");
    return cache != null && cache.isAbsolute() ? cache.resolve("rapd") : null;
  }

  private @Nullable Path inTemporaryFolder() {
    Path temporary = path("java.io.tmpdir");
    if (temporary == null) {
      return null;
    }
    Path folder = temporary.toAbsolutePath().resolve("rapd-" + user());
    try {
      createPrivate(folder);
    } catch (IOException e) {
      refused.add(folder + " (cannot be created)");
      return null;
    }
    if (Files.isSymbolicLink(folder) || !user(folder).equals(user())) {
      refused.add(folder + " (belongs to another user)");
      return null;
    }
    return folder;
  }

  private static void createPrivate(Path folder) throws IOException {
    if (Files.exists(folder)) {
      return;
    }
    if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      Files.createDirectory(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } else {
      Files.createDirectory(folder);
    }
  }

  /** The user's number, which a user without a name has too; the name where there is no /proc. */
  private String user() {
    return user(Path.of("/proc/self"));
  }

  private String user(Path owned) {
    try {
      return String.valueOf(Files.getAttribute(owned, "unix:uid"));
    } catch (IOException | RuntimeException e) {
      String name = settings.apply("user.name");
      return name == null ? "user" : name.replaceAll("[^A-Za-z0-9._-]", "_");
    }
  }

  private boolean isUsable(Path folder) {
    String reason = obstacle(folder);
    if (reason != null) {
      refused.add(folder + " (" + reason + ")");
    }
    return reason == null;
  }

  private @Nullable String obstacle(Path folder) {
    try {
      Files.createDirectories(folder);
      Files.delete(Files.createTempFile(folder, "probe", null));
    } catch (IOException e) {
      return "cannot be written";
    }
    if (!loadable.test(folder)) {
      return "is mounted noexec";
    }
    long freeMb = folder.toFile().getUsableSpace() >> 20;
    return freeMb < neededMb
        ? String.format(Locale.ROOT, "has %d MB free, %d MB needed", freeMb, neededMb)
        : null;
  }

  private static boolean holdsLibtorch(Path folder) {
    try (Stream<Path> versions = Files.list(folder.resolve("pytorch"))) {
      return versions.anyMatch(v -> Files.exists(v.resolve(System.mapLibraryName("torch"))));
    } catch (IOException e) {
      return false;
    }
  }

  /** On a file system mounted noexec no file may be executed, not even by root. */
  private static boolean isLoadable(Path folder) {
    try {
      Path probe = Files.createTempFile(folder, "probe", null);
      try {
        return !probe.toFile().setExecutable(true) || probe.toFile().canExecute();
      } finally {
        Files.delete(probe);
      }
    } catch (IOException e) {
      return true; // read-only, so there is no telling
    }
  }
}
