package io.rapd.eval.probe;

import static io.rapd.core.config.Check.check;

import io.rapd.train.data.ImageTextSource;
import io.rapd.train.data.Split;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The images of a set that have a class: those of the training split, on which the probe is fitted,
 * and the others, on which it is measured.
 */
final class LabelledSet {
  /**
   * An image.
   *
   * @param index in the source
   * @param label index of its class
   */
  record Member(int index, int label) {}

  private final List<String> classes;
  private final List<Member> training = new ArrayList<>();
  private final List<Member> heldOut = new ArrayList<>();

  /**
   * Finds the classes of all images.
   *
   * @param source all splits
   * @throws IllegalArgumentException unless there are two classes at least and images of both parts
   */
  LabelledSet(ImageTextSource source, Labels labels) {
    List<Optional<String>> found = new ArrayList<>();
    for (int i = 0; i < source.size(); i++) {
      found.add(labels.of(source.key(i)));
    }
    classes = found.stream().flatMap(Optional::stream).distinct().sorted().toList();
    check(
        classes.size() >= 2,
        "%s: expected images of at least 2 classes, found %d; the first key is \"%s\"",
        source.description(),
        classes.size(),
        source.key(0));
    for (int i = 0; i < source.size(); i++) {
      if (found.get(i).isPresent()) {
        Member member = new Member(i, classes.indexOf(found.get(i).get()));
        (Split.TRAIN.contains(source.key(i)) ? training : heldOut).add(member);
      }
    }
    check(
        !training.isEmpty() && !heldOut.isEmpty(),
        "%s: expected images with a class to fit on and to measure on, found %d and %d",
        source.description(),
        training.size(),
        heldOut.size());
  }

  List<String> classes() {
    return classes;
  }

  List<Member> training() {
    return training;
  }

  List<Member> heldOut() {
    return heldOut;
  }

  /** (n, K), 1 for the class of an image, otherwise 0. */
  INDArray oneHot(List<Member> members) {
    INDArray all = Nd4j.zeros(DataType.DOUBLE, members.size(), classes.size());
    for (int i = 0; i < members.size(); i++) {
      all.putScalar(i, members.get(i).label(), 1);
    }
    return all;
  }

  /** The share of the held-out images that have the training images' most frequent class. */
  double shareOfMostFrequent() {
    int[] counts = new int[classes.size()];
    training.forEach(member -> counts[member.label()]++);
    int most = 0;
    for (int c = 1; c < counts.length; c++) {
      most = counts[c] > counts[most] ? c : most;
    }
    int frequent = most;
    return (double) heldOut.stream().filter(m -> m.label() == frequent).count() / heldOut.size();
  }
}
