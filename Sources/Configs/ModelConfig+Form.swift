import Datasets
import GraphExec
import Text

extension ModelConfig {
  /// Activation layers of the short form, from the input to the output.
  package static let maximumLayers = 64
  /// Units in a layer.
  package static let widths = 1...65_536

  /// How a config says its network: widths, a list of layers, or a name.
  enum Form {
    case widths([Int], outputReLU: Bool)
    case layers([Network.Layer])
    case preset(NetworkPreset)
    /// Something that is reported.
    case refused

    init(from section: ConfigSection, dataset: KnownDataset?) {
      let preset: NetworkPreset? = section.optionalName("network")
      guard section.members["network"] == nil else {
        self = preset.map { .preset($0) } ?? .refused
        ModelConfig.refuseLayers(beside: "network", section)
        return
      }
      if case .array(let values)? = section.members["layers"], case .object? = values.first {
        _ = section.take("layers")
        self = LayerList.layers(values, at: "layers", of: section).map { .layers($0) } ?? .refused
        return
      }
      if section.members["layers"] == nil {
        section.report("layers", "missing; give layers, or network with the name of one")
      }
      let widths = section.integers("layers", ModelConfig.widths, isRequired: false)
      let outputReLU = section.boolean("output_relu", default: false)
      let isWhole = ModelConfig.check(widths, section, dataset)
      self = isWhole ? .widths(widths, outputReLU: outputReLU) : .refused
    }

    /// The network for the images of a data set; nil where it does not fit, which is reported, or there is none.
    func network(_ section: ConfigSection, _ dataset: KnownDataset?) -> Network? {
      switch self {
      case .refused: return nil
      case .widths(let widths, let outputReLU): return Network(layers: widths, outputRelu: outputReLU)
      case .layers(let layers):
        guard let dataset else { return nil }
        do {
          let network = try Network(input: Shape(dataset.shape), layers: layers)
          return ModelConfig.check(network, section, dataset) ? network : nil
        } catch {
          let names = layers.map(\.name) + [Network.imagesName]
          let nearest = error.unknown.flatMap { NearestName.find($0, among: names) }
          section.report(
            "layers", "\(error)" + (nearest.map { "; did you mean \"\($0)\"?" } ?? ""),
            involving: ["dataset.name"])
          return nil
        }
      case .preset(let preset):
        guard let dataset else { return nil }
        do {
          return try preset.network(input: Shape(dataset.shape), classes: dataset.classes)
        } catch {
          section.report(
            "network",
            "\(preset.name), which is for images of \(preset.designedFor), does not fit \(dataset.name), whose images are "
              + "\(Shape(dataset.shape)): \(error)", involving: ["dataset.name"])
          return nil
        }
      }
    }
  }

  /// A network is said in one way.
  private static func refuseLayers(beside key: String, _ section: ConfigSection) {
    for other in ["layers", "output_relu"] where section.take(other) != nil {
      section.report(
        other, "stands beside \(key), which says the whole network; give one of them",
        involving: [section.path(key)])
    }
  }

  private static func check(_ network: Network, _ section: ConfigSection, _ dataset: KnownDataset) -> Bool {
    guard network.outputs == dataset.classes else {
      section.report(
        "layers",
        "the last layer has \(network.outputs) outputs, which does not fit \(dataset.name), which has \(dataset.classes) classes",
        involving: ["dataset.name"])
      return false
    }
    return checkSize(network.parameterCount, section)
  }

  private static func checkSize(_ weights: Int, _ section: ConfigSection) -> Bool {
    guard weights > maximumWeights else { return true }
    section.report("layers", "\(weights) weights; at most \(maximumWeights) are allowed")
    return false
  }

  private static func check(_ widths: [Int], _ section: ConfigSection, _ dataset: KnownDataset?) -> Bool {
    guard case .array(let values)? = section.members["layers"], values.count == widths.count,
      let first = widths.first, let last = widths.last
    else { return false }
    guard (2...maximumLayers).contains(widths.count) else {
      section.report(
        "layers", "\(widths.count) widths; allowed: 2 to \(maximumLayers), from the input to the output")
      return false
    }
    if let dataset, first != dataset.shape.values {
      section.report(
        "layers[0]",
        "\(first) does not fit \(dataset.name), whose images have \(dataset.shape) = \(dataset.shape.values) values",
        involving: ["dataset.name"])
    }
    if let dataset, last != dataset.classes {
      section.report(
        "layers[\(widths.count - 1)]",
        "\(last) does not fit \(dataset.name), which has \(dataset.classes) classes",
        involving: ["dataset.name"])
    }
    return checkSize(zip(widths, widths.dropFirst()).map { $0 * $1 }.reduce(0, +), section)
  }
}

extension NetworkPreset: ConfigName {}

extension Shape {
  /// That of a data set's images.
  package init(_ shape: ImageShape) { self.init(shape.channels, shape.height, shape.width) }
}
