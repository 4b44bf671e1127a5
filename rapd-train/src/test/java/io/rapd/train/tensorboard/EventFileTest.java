package io.rapd.train.tensorboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventFileTest {
  private static final Clock CLOCK = Clock.fixed(Instant.ofEpochMilli(1_500), ZoneOffset.UTC);

  @TempDir Path folder;

  private List<String> records() throws IOException {
    List<String> records = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
          byte[] length = new byte[8];
          bytes.get(length);
          assertThat(bytes.getInt()).isEqualTo(EventFile.masked(length, 8));
          byte[] data =
              new byte[(int) ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong()];
          bytes.get(data);
          assertThat(bytes.getInt()).isEqualTo(EventFile.masked(data, data.length));
          records.add(HexFormat.of().formatHex(data));
        }
      }
    }
    return records;
  }

  /** The check value of CRC-32C, rotated and shifted as TensorFlow's {@code crc32c.h} says. */
  @Test
  void checksumsAreMasked() {
    byte[] digits = "123456789".getBytes(StandardCharsets.US_ASCII);
    int check = 0xE3069283;
    assertThat(EventFile.masked(digits, 9)).isEqualTo((check >>> 15 | check << 17) + 0xa282ead8);
  }

  /** By the wire format: tag (field << 3 | type), then the value. */
  @Test
  void messagesAreEncodedAsTheFormatSays() throws IOException {
    Map<String, Double> values = new LinkedHashMap<>();
    values.put("loss", 0.5);
    values.put("psnr", -2.0);
    try (EventFile file = EventFile.create(folder, 0, CLOCK)) {
      file.scalars(300, values);
    }
    String time = "09" + "000000000000f83f"; // 1.5
    assertThat(records())
        .containsExactly(
            time
                + "1a0d"
                + HexFormat.of().formatHex("brain.Event:2".getBytes(StandardCharsets.US_ASCII)),
            time
                + "10ac02" // step 300
                + "2a1a" // summary
                + "0a0b"
                + "0a046c6f7373"
                + "150000003f"
                + "0a0b"
                + "0a0470736e72"
                + "15000000c0");
  }

  /** A file of the same second gets a name after the first; readers purge from step 301 on. */
  @Test
  void aResumedRunSaysFromWhichStep() throws IOException {
    EventFile.create(folder, 300, CLOCK).close();
    EventFile.create(folder, 300, CLOCK).close();
    assertThat(records()).hasSize(4).element(1).asString().endsWith("10ad02" + "3a02" + "0801");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "events.out.tfevents.0000000001.000000300.000",
              "events.out.tfevents.0000000001.000000300.001");
    }
  }
}
