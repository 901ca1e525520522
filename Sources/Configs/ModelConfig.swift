import Datasets
import GraphExec
import Text

/// The network, and how its weights are drawn.
package struct ModelConfig: Equatable, Sendable {
  /// How the weights are drawn before training.
  package enum Initializer: Equatable, Sendable {
    /// N(0, 2 / inputs), for ReLU networks (He et al. 2015).
    case heNormal
    /// N(0, std^2), the same for every layer.
    case normal(std: Double)
  }

  /// The layers.
  package var network: Network
  package var initializer: Initializer

  package init(_ network: Network, initializer: Initializer = .heNormal) {
    self.network = network
    self.initializer = initializer
  }

  /// What 32-bit indices and the memory of any device we know can hold.
  package static let maximumWeights = 1_000_000_000

  /// - Parameter dataset: what the network is held against; nil where its name was refused.
  init(from section: ConfigSection, dataset: KnownDataset?) {
    let form = Form(from: section, dataset: dataset)
    initializer = Initializer(from: section)
    section.finish()
    network = form.network(section, dataset) ?? Self.standIn
  }

  /// What stands in for a network that was refused.
  private static let standIn = Network(layers: [1, 1])
  /// Whether the network was refused: no image has one value.
  var isStandIn: Bool { network == Self.standIn }

  var json: JSONObject {
    if let form = network.perceptron {
      return JSONObject([
        ("layers", .array(form.widths.map { JSONValue($0) })),
        ("initializer", initializer.json),
        ("output_relu", .bool(form.outputRelu)),
      ])
    }
    return JSONObject([("layers", LayerList.json(network.layers)), ("initializer", initializer.json)])
  }
}

extension ModelConfig.Initializer {
  private enum Name: String, ConfigName {
    case heNormal = "he_normal"
    case normal
  }

  /// Reads a name, or an object with a name and what belongs to it.
  init(from section: ConfigSection) {
    switch section.members["initializer"] {
    case nil, .string:
      let name: Name = section.name("initializer", default: .heNormal)
      self = name == .normal ? .normal(std: 1) : .heNormal
    default:
      let (name, object) = section.choice("initializer", among: Name.allCases, isNameRequired: true) {
        $0.rawValue
      }
      switch name {
      case .heNormal: self = .heNormal
      case .normal:
        self = .normal(
          std: object.float("std", default: 1, NumberRange(lower: 0, upper: 1000, excludesLower: true)))
      }
      object.finish()
    }
  }

  var json: JSONValue {
    switch self {
    case .heNormal: .string(Name.heNormal.rawValue)
    case .normal(let std):
      .object(JSONObject([("name", .string(Name.normal.rawValue)), ("std", JSONValue(std))]))
    }
  }
}
