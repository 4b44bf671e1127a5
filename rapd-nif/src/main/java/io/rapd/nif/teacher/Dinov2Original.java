package io.rapd.nif.teacher;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.core.nn.TensorSource;
import io.rapd.core.torch.Kernel;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * DINOv2 weights under the names of the original repository ({@code DinoVisionTransformer} of
 * facebookresearch/dinov2, such as {@code dinov2_vitb14_pretrain.pth}), presented under those of
 * Hugging Face, which {@link Dinov2} takes. The original keeps query, key and value as the thirds
 * of one matrix.
 */
final class Dinov2Original implements TensorSource {
  /** Channels of a head in every published model; shapes do not tell. */
  private static final int HEAD_WIDTH = 64;

  private static final String THIRD =
      """
      def forward(self, x: Tensor) -> Tensor:
        query, key, value, = torch.chunk(x, 3, 0)
        return torch.clone($third)
      """;

  private static final Pattern BLOCK = Pattern.compile("blocks\\.(\\d+)\\.(.+)");

  private static final Map<String, String> OUTSIDE =
      Map.of(
          "cls_token", "embeddings.cls_token",
          "mask_token", "embeddings.mask_token",
          "pos_embed", "embeddings.position_embeddings",
          "register_tokens", "embeddings.register_tokens",
          "patch_embed.proj.weight", "embeddings.patch_embeddings.projection.weight",
          "patch_embed.proj.bias", "embeddings.patch_embeddings.projection.bias",
          "norm.weight", "layernorm.weight",
          "norm.bias", "layernorm.bias");

  private static final Map<String, String> INSIDE =
      Map.of(
          "attn.proj.weight", "attention.output.dense.weight",
          "attn.proj.bias", "attention.output.dense.bias",
          "ls1.gamma", "layer_scale1.lambda1",
          "ls2.gamma", "layer_scale2.lambda1");

  /**
   * Where a tensor lies.
   *
   * @param name in the original
   * @param third {@code query}, {@code key} or {@code value} of it, or empty for the whole
   */
  private record Place(String name, String third) {}

  private final TensorSource source;
  private final Map<String, Place> places;

  /** Renames the tensors of a source; names that the original does not have stay as they are. */
  Dinov2Original(TensorSource source) {
    this.source = source;
    Map<String, Place> named = new TreeMap<>();
    for (String name : source.names()) {
      Matcher block = BLOCK.matcher(name);
      if (!block.matches()) {
        named.put(OUTSIDE.getOrDefault(name, name), new Place(name, ""));
        continue;
      }
      String layer = "encoder.layer." + block.group(1) + ".";
      String inside = block.group(2);
      if (inside.startsWith("attn.qkv.")) {
        for (String third : new String[] {"query", "key", "value"}) {
          named.put(
              layer + "attention.attention." + third + inside.substring("attn.qkv".length()),
              new Place(name, third));
        }
      } else {
        named.put(layer + INSIDE.getOrDefault(inside, inside), new Place(name, ""));
      }
    }
    this.places = Collections.unmodifiableMap(named);
  }

  /**
   * The sizes, from the shapes; heads are 64 channels wide, as in every published model.
   *
   * @throws CheckpointException where a tensor that tells a size is missing or has an impossible
   *     shape, or where the model is ViT-g, which has another MLP
   */
  static Dinov2Config config(TensorSource source) {
    if (source.names().contains("blocks.0.mlp.w12.weight")) {
      throw new CheckpointException(
          source.description() + ": is DINOv2's ViT-g (blocks.0.mlp.w12), which is not supported");
    }
    Shape patches = shape(source, "patch_embed.proj.weight", 4);
    Shape positions = shape(source, "pos_embed", 3);
    long width = patches.get(0);
    long hidden = shape(source, "blocks.0.mlp.fc1.weight", 2).get(0);
    long registers =
        source.names().contains("register_tokens") ? shape(source, "register_tokens", 3).get(1) : 0;
    int side = (int) Math.round(Math.sqrt((double) positions.get(1) - 1));
    int layers = 0;
    while (source.names().contains("blocks." + layers + ".norm1.weight")) {
      layers++;
    }
    if (width % HEAD_WIDTH != 0
        || hidden % width != 0
        || 1L + (long) side * side != positions.get(1)) {
      throw new CheckpointException(
          "%s: patch_embed.proj.weight %s, pos_embed %s and blocks.0.mlp.fc1.weight of %d rows are not DINOv2's: expected a width of %d times the heads, a square of positions and a class, and rows that are a multiple of the width",
          source.description(), patches, positions, hidden, HEAD_WIDTH);
    }
    try {
      return new Dinov2Config(
          (int) width,
          layers,
          (int) (width / HEAD_WIDTH),
          (int) patches.get(3),
          Math.multiplyExact(side, (int) patches.get(3)),
          (int) (hidden / width),
          1e-6,
          (int) registers);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new CheckpointException(source.description() + ": " + e.getMessage(), e);
    }
  }

  private static Shape shape(TensorSource source, String name, int axes) {
    if (!source.names().contains(name)) {
      throw new CheckpointException(
          "%s: tensor %s is missing; expected DINOv2 as facebookresearch publishes it",
          source.description(), name);
    }
    Shape shape = source.shape(name);
    if (shape.dimension() != axes || shape.size() == 0 || shape.size() > Integer.MAX_VALUE) {
      throw new CheckpointException(
          "%s: tensor %s must have %d axes, got %s", source.origin(name), name, axes, shape);
    }
    return shape;
  }

  @Override
  public Set<String> names() {
    return places.keySet();
  }

  @Override
  public Shape shape(String name) {
    Place place = place(name);
    Shape whole = source.shape(place.name);
    boolean third = !place.third.isEmpty() && whole.dimension() > 0 && whole.get(0) % 3 == 0;
    return third ? new Shape(whole.get(0) / 3).addAll(whole.slice(1)) : whole;
  }

  @Override
  public String storedType(String name) {
    return source.storedType(place(name).name);
  }

  @Override
  public NDArray read(String name, NDManager manager) {
    return part(name, whole -> source.read(whole, manager));
  }

  @Override
  public NDArray readBFloat16(String name, NDManager manager) {
    return part(name, whole -> source.readBFloat16(whole, manager));
  }

  private NDArray part(String name, Function<String, NDArray> reading) {
    Place place = place(name);
    NDArray whole = reading.apply(place.name);
    if (place.third.isEmpty()) {
      return whole;
    }
    try (whole) {
      return Kernel.of("Third", THIRD, Map.of("third", place.third)).call(whole);
    }
  }

  @Override
  public String description() {
    return source.description();
  }

  /** The file, and the name there. */
  @Override
  public String origin(String name) {
    return source.origin(place(name).name) + " (" + place(name).name + ")";
  }

  private Place place(String name) {
    Place place = places.get(name);
    if (place == null) {
      throw new CheckpointException(description() + ": has no tensor \"" + name + "\"");
    }
    return place;
  }
}
