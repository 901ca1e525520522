import Text

/// Where and in which form the networks of a study run.
package struct ExecutionConfig: Equatable, Sendable {
  /// The form of pruned weights.
  package enum Format: String, ConfigName {
    /// The fastest for each layer, by measurement.
    case auto
    case dense
    case sparse
  }

  /// `auto`, `cpu`, `opencl`, `gpu`, `<platform>:<device>`, or a part of a device's name.
  package var device: String
  /// How many models train at a time, each on its own command queue.
  package var concurrentModels: Int
  package var format: Format

  package init(device: String = "auto", concurrentModels: Int = 2, format: Format = .auto) {
    self.device = device
    self.concurrentModels = concurrentModels
    self.format = format
  }

  init(from section: ConfigSection) {
    device = section.string("device", default: "auto")
    if device.isEmpty { section.report("device", "the name is empty; \"auto\" chooses a device") }
    concurrentModels = section.integer("concurrent_models", default: 2, 1...64)
    format = section.name("format", default: .auto)
    section.finish()
  }

  var json: JSONObject {
    JSONObject([
      ("device", .string(device)),
      ("concurrent_models", JSONValue(concurrentModels)),
      ("format", .string(format.rawValue)),
    ])
  }
}

/// What is recorded while a network trains.
package struct MetricsConfig: Equatable, Sendable {
  /// Over which images the recorded accuracies are taken.
  package enum Accuracy: String, ConfigName {
    /// The epoch's own.
    case epoch
    /// The running average over all epochs so far.
    case cumulative
  }

  package var accuracy: Accuracy
  /// Weight histograms go to TensorBoard after every this many epochs and after the last; 0 is never.
  package var histogramInterval: Int

  package init(accuracy: Accuracy = .epoch, histogramInterval: Int = 10) {
    self.accuracy = accuracy
    self.histogramInterval = histogramInterval
  }

  init(from section: ConfigSection) {
    accuracy = section.name("accuracy", default: .epoch)
    histogramInterval = section.integer(
      "histogram_interval", default: 10, 0...TrainingConfig.epochRange.upperBound)
    section.finish()
  }

  var json: JSONObject {
    JSONObject([
      ("accuracy", .string(accuracy.rawValue)),
      ("histogram_interval", JSONValue(histogramInterval)),
    ])
  }
}
