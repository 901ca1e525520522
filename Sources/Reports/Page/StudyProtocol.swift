import Text

/// How a study was measured, in sentences, as its config tells it.
struct StudyProtocol: Sendable {
  /// The protocol in a few words.
  let title: String
  /// What the numbers mean under it.
  let explanation: String
  /// The settings, each with what it was set to.
  let settings: [(term: String, text: String)]

  init(_ results: StudyResults) {
    let config = results.config
    let isCumulative = config?["metrics.accuracy"]?.string == "cumulative"
    let isFrozen = config?["training.trainable_layers"]?.string == "output"
    let accuracy =
      isCumulative
      ? "Accuracies are running averages over all epochs so far, not the epoch's own: early epochs weigh "
        + "on every later point."
      : "Each accuracy is the epoch's own."
    let layers =
      isFrozen
      ? "Only the output layer learns; the hidden layers keep their initial random weights."
      : "Every layer learns."
    (title, explanation) =
      switch (config == nil, isCumulative, isFrozen) {
      case (true, _, _): ("unknown", "There is no config.json beside the results.")
      case (_, true, true):
        (
          "as published",
          "This repeats the program behind the original study's published curves. \(layers) \(accuracy)"
        )
      case (_, false, false): ("proper", "\(layers) \(accuracy)")
      default: ("mixed", "\(layers) \(accuracy)")
      }
    settings = Self.settings(results)
  }

  private static func settings(_ results: StudyResults) -> [(term: String, text: String)] {
    var list: [(String, String?)] = []
    if let config = results.config {
      list += [
        ("Data", config["dataset"]?.plainText),
        ("Network", network(config)),
        ("Training", training(config)),
        (
          "Pruning",
          config["pruning.criterion"]?.string.map { criterion in
            "\(criterion) criterion, \(config["pruning.scope"]?.string ?? "layer") scope"
          }
        ),
        ("Schedule", config["pruning.schedule"].map(schedule)),
        ("Controls", config["pruning.controls"].map { $0.plainText.replacing("_", with: " ") }),
        ("Execution", config["execution"]?.plainText),
      ]
    }
    let isIterative = results.config?["pruning.schedule.name"]?.string == "iterative"
    let seeds = results.seeds.map(String.init).joined(separator: ", ")
    list += [
      ("Seeds", results.seeds.count > 1 ? "\(seeds); values are mean ± sample standard deviation" : seeds),
      ("Device", results.device),
      ("Whittle", results.version),
      ("Accuracy", accuracy(results)),
      (
        "Ratios",
        "Compression is dense parameters over surviving ones; theoretical speedup is dense multiply-adds over "
          + "those of the surviving parameters that are left once dead units are removed; measured speedups are "
          + "times of the dense network over the pruned one's."
      ),
      ("Measurements", measurements(results)),
      (
        "Seconds",
        "Wall-clock time of a run on this device, other models of the study running beside it included."
          + (isIterative ? " Of a ticket it is that of its last round." : "")
      ),
    ]
    return list.compactMap { term, text in text.map { (term, $0) } }
  }

  /// What a train and a test accuracy are of. A run that is pruned and not trained again has no batches of its own.
  private static func accuracy(_ results: StudyResults) -> String {
    let schedule = results.config?["pruning.schedule"]
    if schedule?["name"]?.string == "one_shot", schedule?["fine_tune_epochs"]?.integer ?? 0 == 0 {
      return
        "Train and test accuracy are those of the pruned network, which is not trained again, on all images of a set."
    }
    return
      "Train accuracy is that of each batch before its update, averaged over the epoch; test accuracy is "
      + "measured after the epoch."
  }

  private static func measurements(_ results: StudyResults) -> String? {
    guard results.runs.contains(where: { $0.trainSpeedup != nil }) else { return nil }
    return
      "After the last run each finished network was measured by itself, in the form in which it trains (dead units "
      + "removed, each layer in the faster format): medians of training steps with full batches and of the whole test "
      + "set. Bytes on the device are weights, moments, masks and sparse structure; bytes on disk are what whittle "
      + "compress writes. The logit difference is the largest of any test image's outputs, against the masked dense "
      + "network."
  }

  private static func network(_ config: JSONValue) -> String? {
    guard let layers = config["model.layers"]?.array else { return config["model"]?.plainText }
    let operations = layers.compactMap { $0["operation"]?.string }
    var text =
      operations.isEmpty ? layers.map(\.plainText).joined(separator: "–") : Self.kinds(of: operations)
    if let initializer = config["model.initializer"] { text += ", initialised \(initializer.plainText)" }
    if config["model.output_relu"]?.bool == true { text += ", ReLU after the output layer too" }
    return text
  }

  /// `12 layers: 2 conv2d, 2 max_pool, 3 relu`, in the order in which the kinds come.
  private static func kinds(of operations: [String]) -> String {
    var kinds: [(name: String, count: Int)] = []
    for operation in operations {
      if let place = kinds.firstIndex(where: { $0.name == operation }) {
        kinds[place].count += 1
      } else {
        kinds.append((operation, 1))
      }
    }
    return "\(operations.count) layers: " + kinds.map { "\($0.count) \($0.name)" }.joined(separator: ", ")
  }

  private static func training(_ config: JSONValue) -> String? {
    var parts: [String] = []
    if let epochs = config["training.epochs"]?.integer {
      parts.append(epochs == 1 ? "1 epoch" : "\(epochs) epochs")
    }
    if let batch = config["training.batch_size"]?.integer { parts.append("batches of \(batch)") }
    if let optimizer = config["training.optimizer"] { parts.append(optimizer.plainText) }
    if let schedule = config["training.schedule"] { parts.append("learning rate: \(schedule.plainText)") }
    if let smoothing = config["training.label_smoothing"]?.plainText, smoothing != "0" {
      parts.append("labels smoothed by \(smoothing)")
    }
    if let crop = config["training.augmentation.crop"]?.integer, crop > 0 {
      parts.append("images cropped with \(crop) pixels around them")
    }
    if config["training.augmentation.flip"]?.bool == true { parts.append("half of them mirrored") }
    if let shuffle = config["training.shuffle"]?.bool { parts.append(shuffle ? "shuffled" : "in file order") }
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }

  private static func schedule(_ schedule: JSONValue) -> String {
    switch schedule["name"]?.string {
    case "constant": "constant: ranked and pruned before every step"
    case "one_shot": "one shot: trained dense, then pruned once; \(schedule.plainText)"
    case "polynomial":
      "polynomial: sparsity grows during training (Zhu and Gupta 2017); \(schedule.plainText)"
    case "iterative":
      "iterative: trained and pruned in rounds, from which survivors are set back (Frankle and Carbin 2019); "
        + schedule.plainText
    case "set":
      "SET: sparse from the start, the smallest weights replaced by random ones (Mocanu et al. 2018); "
        + schedule.plainText
    case "rigl":
      "RigL: sparse from the start, the smallest weights replaced where gradients are largest (Evci et al. 2020); "
        + schedule.plainText
    default: schedule.plainText
    }
  }
}
