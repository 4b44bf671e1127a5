package io.rapd.eval.generation;

import io.rapd.eval.generation.CaptionedSet.Member;
import java.util.ArrayList;
import java.util.List;

/** Images of a set as vectors of one length, searched from end to end. */
final class Gallery {
  private final List<Member> members = new ArrayList<>();
  private final List<float[]> vectors = new ArrayList<>();

  void add(Member member, float[] vector) {
    members.add(member);
    vectors.add(vector);
  }

  /**
   * Finds the neighbours of an image.
   *
   * @param task whose caption it shows; one of the members
   */
  Neighbours of(float[] vector, Member task) {
    double own = Double.POSITIVE_INFINITY;
    double nearest = Double.POSITIVE_INFINITY;
    String key = "";
    double[] distances = new double[members.size()];
    for (int i = 0; i < distances.length; i++) {
      distances[i] = distance(vector, vectors.get(i));
      if (members.get(i).caption().equals(task.caption())) {
        own = Math.min(own, distances[i]);
      }
      if (members.get(i).training() && distances[i] < nearest) {
        nearest = distances[i];
        key = members.get(i).key();
      }
    }
    int rank = 1;
    for (int i = 0; i < distances.length; i++) {
      boolean other = !members.get(i).caption().equals(task.caption());
      rank += other && distances[i] < own ? 1 : 0;
    }
    return new Neighbours(key, nearest, own, rank, original(task));
  }

  private double original(Member task) {
    float[] own = vectors.get(members.indexOf(task));
    double nearest = Double.POSITIVE_INFINITY;
    for (int i = 0; i < members.size(); i++) {
      Member other = members.get(i);
      if (other.training() && !other.caption().equals(task.caption())) {
        nearest = Math.min(nearest, distance(own, vectors.get(i)));
      }
    }
    return nearest;
  }

  private static double distance(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      double difference = (double) a[i] - b[i];
      sum += difference * difference;
    }
    return Math.sqrt(sum / a.length);
  }
}
