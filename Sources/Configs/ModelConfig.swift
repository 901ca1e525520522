import Datasets
import Text

/// The network: a bias-free perceptron with ReLU between its layers.
package struct ModelConfig: Equatable, Sendable {
  /// How the weights are drawn before training.
  package enum Initializer: Equatable, Sendable {
    /// N(0, 2 / inputs), for ReLU networks (He et al. 2015).
    case heNormal
    /// N(0, std^2), the same for every layer.
    case normal(std: Double)
  }

  /// The widths, from the input to the output; one weight matrix between each two.
  package var layers: [Int]
  package var initializer: Initializer
  /// Whether a ReLU follows the last matrix too.
  package var outputReLU: Bool

  package init(layers: [Int], initializer: Initializer = .heNormal, outputReLU: Bool = false) {
    self.layers = layers
    self.initializer = initializer
    self.outputReLU = outputReLU
  }

  /// What 32-bit indices and the memory of any device we know can hold.
  package static let maximumWeights = 1_000_000_000
  /// Activation layers, from the input to the output.
  package static let maximumLayers = 64
  /// Units in a layer.
  package static let widths = 1...65_536

  init(from section: ConfigSection, dataset: KnownDataset) {
    layers = section.requiredIntegers("layers", Self.widths)
    initializer = Initializer(from: section)
    outputReLU = section.boolean("output_relu", default: false)
    section.finish()
    checkLayers(section, dataset)
  }

  private func checkLayers(_ section: ConfigSection, _ dataset: KnownDataset) {
    guard case .array(let values)? = section.members["layers"], values.count == layers.count,
      let first = layers.first, let last = layers.last
    else { return }
    guard (2...Self.maximumLayers).contains(layers.count) else {
      section.report(
        "layers",
        "\(layers.count) widths; allowed: 2 to \(Self.maximumLayers), from the input to the output")
      return
    }
    if first != dataset.shape.values {
      section.report(
        "layers[0]",
        "\(first) does not fit \(dataset.name), whose images have \(dataset.shape) = \(dataset.shape.values) values",
        involving: ["dataset.name"])
    }
    if last != dataset.classes {
      section.report(
        "layers[\(layers.count - 1)]",
        "\(last) does not fit \(dataset.name), which has \(dataset.classes) classes",
        involving: ["dataset.name"])
    }
    let weights = zip(layers, layers.dropFirst()).map { $0 * $1 }.reduce(0, +)
    if weights > Self.maximumWeights {
      section.report("layers", "\(weights) weights; at most \(Self.maximumWeights) are allowed")
    }
  }

  var json: JSONObject {
    JSONObject([
      ("layers", .array(layers.map { JSONValue($0) })),
      ("initializer", initializer.json),
      ("output_relu", .bool(outputReLU)),
    ])
  }
}

extension ModelConfig.Initializer {
  private enum Name: String, ConfigName {
    case heNormal = "he_normal"
    case normal
  }

  /// Reads a name, or an object with a name and what belongs to it.
  init(from section: ConfigSection) {
    let value = section.take("initializer") ?? .string(Name.heNormal.rawValue)
    section.record(
      "initializer", .string, defaultValue: .string(Name.heNormal.rawValue), names: Name.names)
    if case .string = value {
      let name: Name = section.name(value, at: section.path("initializer")) ?? .heNormal
      self = name == .normal ? .normal(std: 1) : .heNormal
      return
    }
    let (name, object): (Name, _) = section.variant("initializer", value, default: nil)
    switch name {
    case .heNormal: self = .heNormal
    case .normal:
      self = .normal(
        std: object.float("std", default: 1, NumberRange(lower: 0, upper: 1000, excludesLower: true)))
    }
    object.finish()
  }

  var json: JSONValue {
    switch self {
    case .heNormal: .string(Name.heNormal.rawValue)
    case .normal(let std):
      .object(JSONObject([("name", .string(Name.normal.rawValue)), ("std", JSONValue(std))]))
    }
  }
}
