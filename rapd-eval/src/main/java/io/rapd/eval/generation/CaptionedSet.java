package io.rapd.eval.generation;

import static io.rapd.core.config.Check.check;

import io.rapd.train.data.ImageTextSource;
import io.rapd.train.data.Split;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The samples of a set that an evaluation uses. */
final class CaptionedSet {
  /**
   * A sample.
   *
   * @param index in the source
   * @param training whether the model saw it
   */
  record Member(int index, String key, String caption, boolean training) {}

  private final List<Member> tasks;
  private final List<Member> candidates;
  private final List<Integer> reference;

  /**
   * Chooses samples.
   *
   * @param source all splits
   * @throws IllegalArgumentException naming what there is none of
   */
  CaptionedSet(ImageTextSource source, GenerationSettings settings) {
    List<Member> all = new ArrayList<>();
    List<Member> asked = new ArrayList<>();
    for (int i = 0; i < source.size(); i++) {
      String key = source.key(i);
      if (settings.keys().matcher(key).find()) {
        String caption = source.captions(i).stream().findFirst().orElse("");
        Member member = new Member(i, key, caption, settings.trainedOn().contains(key));
        all.add(member);
        if (!caption.isEmpty() && settings.split().contains(key)) {
          asked.add(member);
        }
      }
    }
    check(
        !asked.isEmpty(),
        "%s: expected captions in the %s split with keys in which \"%s\" is found, found none",
        source.description(),
        settings.split().name().toLowerCase(Locale.ROOT),
        settings.keys());
    reference = asked.stream().map(Member::index).toList();
    tasks = spread(asked, settings.captions());
    List<Member> compared = new ArrayList<>(spread(all, settings.candidates()));
    tasks.stream().filter(task -> !compared.contains(task)).forEach(compared::add);
    candidates = List.copyOf(compared);
    check(
        candidates.stream().filter(Member::training).map(Member::caption).distinct().count() >= 2,
        "%s: expected images of two captions at least in the %s split, to compare with, found"
            + " fewer",
        source.description(),
        settings.trainedOn() == Split.ALL
            ? "whole"
            : settings.trainedOn().name().toLowerCase(Locale.ROOT));
  }

  private static List<Member> spread(List<Member> members, int most) {
    int count = Math.min(most, members.size());
    List<Member> chosen = new ArrayList<>();
    for (int n = 0; n < count; n++) {
      chosen.add(members.get((int) ((long) n * members.size() / count)));
    }
    return chosen;
  }

  /** The captions to generate, in order. */
  List<Member> tasks() {
    return tasks;
  }

  /** The images to compare with, the tasks' own among them. */
  List<Member> candidates() {
    return candidates;
  }

  /** Indices of the images whose captions are asked for, for the Frechet distance. */
  List<Integer> reference() {
    return reference;
  }
}
