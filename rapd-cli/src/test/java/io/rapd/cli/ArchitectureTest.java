package io.rapd.cli;

import static com.tngtech.archunit.core.domain.JavaModifier.ABSTRACT;
import static com.tngtech.archunit.core.domain.JavaModifier.FINAL;
import static com.tngtech.archunit.lang.conditions.ArchConditions.have;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.rapd.core.torch.NativeRuntime;
import java.util.Set;
import org.jspecify.annotations.NullMarked;

/** What may depend on what, and how things are called. */
@AnalyzeClasses(packages = "io.rapd", importOptions = ArchitectureTest.MainCode.class)
class ArchitectureTest {
  /** What is in neither a folder nor a jar of tests. */
  static final class MainCode implements ImportOption {
    @Override
    public boolean includes(Location location) {
      return !location.contains("/test-classes/") && !location.contains("-tests.jar");
    }
  }

  private static final String CORE = "io.rapd.core..";
  private static final String NIF = "io.rapd.nif..";
  private static final String DIT = "io.rapd.dit..";
  private static final String TRAIN = "io.rapd.train..";
  private static final String INFER = "io.rapd.infer..";
  private static final String VIEW = "io.rapd.view..";
  private static final String CLI = "io.rapd.cli..";

  @ArchTest
  static final ArchRule coreKnowsNothingAboveIt =
      independent(CORE, NIF, DIT, TRAIN, INFER, VIEW, CLI);

  @ArchTest
  static final ArchRule fieldAndDenoiserDoNotKnowEachOther =
      independent(NIF, DIT, TRAIN, INFER, VIEW, CLI);

  @ArchTest
  static final ArchRule denoiserDoesNotKnowTheField =
      independent(DIT, NIF, TRAIN, INFER, VIEW, CLI);

  @ArchTest
  static final ArchRule trainingDoesNotKnowInference = independent(TRAIN, INFER, VIEW, CLI);

  @ArchTest
  static final ArchRule inferenceDoesNotKnowTraining = independent(INFER, TRAIN, VIEW, CLI);

  @ArchTest static final ArchRule viewerKnowsInferenceAlone = independent(VIEW, TRAIN, CLI);

  @ArchTest
  static final ArchRule serverIsTheViewersAlone =
      noClasses()
          .that()
          .resideOutsideOfPackage(VIEW)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.eclipse.jetty..");

  @ArchTest
  static final ArchRule viewersPublicClassesAreThoseItsPackageDeclares =
      classes()
          .that()
          .resideInAPackage(VIEW)
          .and()
          .arePublic()
          .should()
          .haveNameMatching("io.rapd.view.(Viewer|ViewerOptions|ViewerLimits)");

  @ArchTest
  static final ArchRule kernelsAreTheLowestLayer =
      noClasses()
          .that()
          .resideInAPackage("io.rapd.core.torch..")
          .should()
          .dependOnClassesThat(
              DescribedPredicate.describe(
                  "are of this library's other packages",
                  type ->
                      type.getPackageName().startsWith("io.rapd.")
                          && !type.getPackageName().startsWith("io.rapd.core.torch")
                          && !type.getPackageName().equals("io.rapd.core.text")));

  @ArchTest
  static final ArchRule imagesAndGridsNeedNoNetworks =
      independent("io.rapd.core.image..", "io.rapd.core.nn..", "io.rapd.core.checkpoint..");

  @ArchTest
  static final ArchRule djlIsReachedThroughTheRuntimeThatSetsItUp =
      noClasses()
          .that()
          .doNotHaveFullyQualifiedName(NativeRuntime.class.getName())
          .should()
          .callMethodWhere(
              DescribedPredicate.describe(
                  "load DJL's engine",
                  call ->
                      Set.of("Engine.getEngine", "Engine.getInstance", "NDManager.newBaseManager")
                          .contains(
                              call.getTargetOwner().getSimpleName()
                                  + "."
                                  + call.getTarget().getName())));

  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      slices().matching("io.rapd.(*).(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule librariesKnowNoCommandLine =
      noClasses()
          .that()
          .resideOutsideOfPackages("io.rapd.train.command..", CLI)
          .and()
          .doNotHaveFullyQualifiedName("io.rapd.train.stage1.TrainStage1")
          .and()
          .doNotHaveFullyQualifiedName("io.rapd.train.stage2.TrainStage2")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("picocli..");

  @ArchTest
  static final ArchRule inferencesPublicClassesAreThoseItsPackageDeclares =
      classes()
          .that()
          .resideInAPackage(INFER)
          .and()
          .arePublic()
          .should()
          .haveNameMatching(
              "io.rapd.infer.(TextToImage|ImageToField|ImageField|LoadOptions|GenerationOptions"
                  + "|ImageEdit|Keyframe"
                  + "|PixelGenImport|tile.TiledRenderer|tile.TileListener)");

  @ArchTest
  static final ArchRule librariesDoNotPrint =
      noClasses()
          .that()
          .resideInAnyPackage(CORE, NIF, DIT, INFER, VIEW)
          .should(ACCESS_STANDARD_STREAMS);

  @ArchTest static final ArchRule logsGoThroughSlf4j = NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;

  @ArchTest
  static final ArchRule namesSayWhatThingsAre =
      noClasses().should().haveNameMatching(".*(Utils?|Helpers?|Managers?|Commons?|Misc|Impl)");

  @ArchTest
  static final ArchRule packagesAreNullMarked =
      classes()
          .should(
              have(
                  DescribedPredicate.describe(
                      "a @NullMarked package",
                      type -> type.getPackage().isAnnotatedWith(NullMarked.class))));

  @ArchTest
  static final ArchRule configurationsAreRecordsOrChoicesOfRecords =
      classes()
          .that()
          .arePublic()
          .and()
          .haveSimpleNameEndingWith("Config")
          .should()
          .beRecords()
          .orShould()
          .beInterfaces();

  @ArchTest
  static final ArchRule publicClassesAreFinalOrMadeForExtension =
      classes()
          .that()
          .arePublic()
          .and()
          .areNotInterfaces()
          .and(DescribedPredicate.describe("are not enums", (JavaClass type) -> !type.isEnum()))
          .should()
          .haveModifier(FINAL)
          .orShould()
          .haveModifier(ABSTRACT);

  private static ArchRule independent(String from, String... others) {
    return noClasses()
        .that()
        .resideInAPackage(from)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(others);
  }
}
