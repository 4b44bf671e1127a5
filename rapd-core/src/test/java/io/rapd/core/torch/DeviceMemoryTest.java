package io.rapd.core.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeviceMemoryTest {
  @TempDir Path folder;

  private Path write(String file, String text) throws IOException {
    Path path = folder.resolve(file);
    Files.createDirectories(path.getParent());
    return Files.writeString(path, text);
  }

  @Test
  void physicalMemoryIsInBytes() throws IOException {
    Path file = write("meminfo", "MemTotal:       16384 kB\nMemFree:  1 kB\n");
    assertThat(DeviceMemory.physical(file))
        .hasValue(new DeviceMemory(16384L * 1024, "physical memory"));
    assertThat(DeviceMemory.physical(folder.resolve("none"))).isEmpty();
  }

  @Test
  void theTightestGroupCounts() throws IOException {
    Path processes = write("cgroup", "0::/outer/inner\n");
    write("groups/outer/inner/memory.max", "max\n");
    write("groups/outer/memory.max", "5000\n");
    assertThat(DeviceMemory.group(processes, folder.resolve("groups")))
        .hasValue(new DeviceMemory(5000, "limit of the control group"));
    write("groups/outer/inner/memory.max", "4000\n");
    assertThat(DeviceMemory.group(processes, folder.resolve("groups")).orElseThrow().bytes())
        .isEqualTo(4000);
  }

  @Test
  void theFirstVersionOfGroupsCountsToo() throws IOException {
    Path processes = write("cgroup", "3:cpu:/a\n2:memory:/a\n");
    write("groups/memory/a/memory.limit_in_bytes", "7000\n");
    write("groups/memory/memory.limit_in_bytes", "9223372036854771712\n");
    assertThat(DeviceMemory.group(processes, folder.resolve("groups")).orElseThrow().bytes())
        .isEqualTo(7000);
  }

  @Test
  void noGroupMeansNoLimit() throws IOException {
    assertThat(DeviceMemory.group(write("cgroup", "0::/\n"), folder.resolve("groups"))).isEmpty();
    assertThat(DeviceMemory.group(folder.resolve("none"), folder)).isEmpty();
  }
}
