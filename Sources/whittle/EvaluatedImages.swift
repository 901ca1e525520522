import Experiments

/// The images that a model is evaluated on, beside what its file says of its training.
struct EvaluatedImages {
  /// The data set's name.
  let dataset: String
  /// The folder of its files; nil for a built-in set.
  let directory: String?
  /// Nil where the file does not say what the model was trained on.
  let origin: ModelOrigin?
  /// Whether the study tested on the same images; nil where that is not known.
  let areThoseOfTheStudy: Bool?

  /// What the file says of the training.
  var trainedOn: String {
    origin.map { "\(Excerpt.of($0.dataset)), SHA-256 \($0.datasetDigest.prefix(12))…" }
      ?? "unknown: the file does not say"
  }

  /// What the model is tested on.
  var testedOn: String {
    let place = directory.map { "\(dataset) in \($0)" } ?? dataset
    switch areThoseOfTheStudy {
    case true?: return "\(place), the same test images as in its study"
    case false?: return "\(place), not the test images of its study"
    case nil: return "\(place), which may be another set; --dataset names it"
    }
  }

  /// What people should know before they read the accuracy.
  var warning: String? {
    guard let origin, areThoseOfTheStudy == false else { return nil }
    return origin.dataset == dataset
      ? "these are not the images of \(dataset) that its study tested on, so the accuracies cannot be compared"
      : "it was trained on \(Excerpt.of(origin.dataset)), and is tested on \(dataset)"
  }
}
