import Datasets
import ModelFiles
import Text

/// The images that a model is evaluated on, beside what its file says of its training.
struct EvaluatedImages {
  /// The data set's name.
  let dataset: String
  /// The folder of its files; nil for a built-in set.
  let directory: String?
  /// The names of the classes.
  let classes: [String]
  /// How many there are.
  let count: Int
  /// Nil where the file does not say what the model was trained on.
  let origin: ModelOrigin?
  /// Whether the study tested on the same images, as far as there are as many; nil where that is not known.
  let areThoseOfTheStudy: Bool?

  /// Whether they are somebody's own, in files of a format.
  var isOwn: Bool { KnownDataset(rawValue: dataset) == nil }

  /// Whether the study tested on these images and on no others; nil where that is not known.
  var areAllOfTheStudy: Bool? { areThoseOfTheStudy.map { $0 && count == origin?.testImages } }

  /// What the file says of the training.
  var trainedOn: String {
    origin.map { "\(Excerpt.of($0.dataset)), SHA-256 \($0.datasetDigest.prefix(12))…" }
      ?? "unknown: the file does not say"
  }

  /// What the model is tested on.
  var testedOn: String {
    let place = directory.map { "\(dataset) in \($0)" } ?? dataset
    guard let origin, let areThoseOfTheStudy else {
      return "\(place), which may be another set; --dataset names it"
    }
    guard areThoseOfTheStudy else { return "\(place), not the test images of its study" }
    let known = origin.testImages
    if count > known { return "\(place), the \(known) test images of its study and \(count - known) more" }
    if count < known { return "\(place), the first \(count) of its study's \(known) test images" }
    return "\(place), the same test images as in its study"
  }

  /// What people should know before they read the accuracy.
  var warning: String? {
    guard let origin, areThoseOfTheStudy == false else { return nil }
    return origin.dataset == dataset
      ? "these are not the images of \(dataset) that its study tested on, so the accuracies cannot be compared"
      : "it was trained on \(Excerpt.of(origin.dataset)), and is tested on \(dataset)"
  }
}
