package io.rapd.core.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Marks a record component that a configuration file may leave out. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Default {
  /**
   * The value of the component if it is left out, as JSON; a value that is not JSON is a string.
   */
  String value();

  /**
   * Another component of the record: this one may be left out only if the other has the type {@code
   * none}. Empty if it may always be left out.
   */
  String without() default "";
}
