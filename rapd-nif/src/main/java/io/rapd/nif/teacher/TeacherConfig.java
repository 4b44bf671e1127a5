package io.rapd.nif.teacher;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.rapd.core.torch.Precision;
import java.nio.file.Path;
import java.util.Optional;

/** Which teacher, if any, and the folder with its weights in the format of Hugging Face. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = TeacherConfig.None.class, name = "none"),
  @JsonSubTypes.Type(value = TeacherConfig.Dino.class, name = "dinov2"),
  @JsonSubTypes.Type(value = TeacherConfig.Clip.class, name = "clip")
})
public sealed interface TeacherConfig {
  /**
   * Loads the teacher.
   *
   * @throws io.rapd.core.checkpoint.CheckpointException if the folder is missing or damaged; the
   *     message says how to get the weights
   */
  Optional<SemanticTeacher> load(Precision precision, NDManager manager);

  /** Where the weights lie; empty without a teacher. */
  Optional<Path> weights();

  /** No teacher. */
  record None() implements TeacherConfig {
    @Override
    public Optional<Path> weights() {
      return Optional.empty();
    }

    @Override
    public Optional<SemanticTeacher> load(Precision precision, NDManager manager) {
      return Optional.empty();
    }
  }

  /**
   * DINOv2, the paper's teacher.
   *
   * @param path folder, such as that of facebook/dinov2-base, or the original repository's {@code
   *     dinov2_vitb14_pretrain.pth}
   * @param positions how the position table is resized
   */
  record Dino(String path, PositionInterpolation positions) implements TeacherConfig {
    @Override
    public Optional<Path> weights() {
      return Optional.of(Path.of(path));
    }

    @Override
    public Optional<SemanticTeacher> load(Precision precision, NDManager manager) {
      return Optional.of(Dinov2Teacher.load(Path.of(path), positions, precision, manager));
    }
  }

  /**
   * CLIP's vision tower, the paper's ablation.
   *
   * @param path folder, such as that of openai/clip-vit-base-patch16
   */
  record Clip(String path) implements TeacherConfig {
    @Override
    public Optional<Path> weights() {
      return Optional.of(Path.of(path));
    }

    @Override
    public Optional<SemanticTeacher> load(Precision precision, NDManager manager) {
      return Optional.of(ClipTeacher.load(Path.of(path), precision, manager));
    }
  }
}
