import Configs
import Datasets
import GraphExec
import TestSupport
import Testing
import Text

/// Protects what a config says of its images: how they are normalized, cropped and mirrored.
@Suite("Images in a config")
struct ImageConfigTests {
  private func study(_ dataset: String, _ members: String = "", network: String = #""network": "lenet-5""#)
    throws
    -> StudyConfig
  {
    let text = """
      {"name": "n", "dataset": {\(dataset)}, "model": {\(network)}, "training": {"epochs": 1\(members)}}
      """
    return try StudyConfig(json: JSONParser.parse(text), source: "c.json")
  }

  private static let mnist = #""name": "mnist", "directory": "d""#
  private static let cifar = #""name": "cifar-10", "directory": "d""#

  @Test("a normalization is what is known of the set, or numbers, and is written as numbers")
  func normalization() throws {
    func read(_ dataset: String) throws -> PixelNormalization {
      let config = try study(dataset)
      #expect(try StudyConfig(json: JSONParser.parse(config.json.pretty), source: "c.json") == config)
      // As a model's file has it.
      guard case .object(let object) = config.json, case .object(let section)? = object["dataset"] else {
        return .none
      }
      #expect(try DatasetConfig(json: section, source: "c.json") == config.dataset)
      return config.dataset.normalization
    }
    #expect(try read(Self.mnist) == .none)
    #expect(try read(Self.mnist + #", "normalization": "none""#) == .none)
    #expect(
      try read(Self.cifar + #", "normalization": "known""#)
        == PixelNormalization(mean: [0.4914, 0.4822, 0.4465], deviation: [0.2470, 0.2435, 0.2616]))
    #expect(
      try read(Self.cifar + #", "normalization": {"mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25]}"#)
        == PixelNormalization(mean: [0.5, 0.5, 0.5], deviation: [0.25, 0.25, 0.25]))
  }

  @Test("crop and flip are read and written")
  func augmentation() throws {
    let config = try study(Self.mnist, #", "augmentation": {"crop": 4, "flip": true}"#)
    #expect(config.training.augmentation == Augmentation(crop: 4, flip: true))
    #expect(try StudyConfig(json: JSONParser.parse(config.json.pretty), source: "c.json") == config)
    #expect(try study(Self.mnist).training.augmentation == .none)
  }

  @Test("what does not fit the images is refused, with what does")
  func refused() {
    func problem(_ dataset: String, _ members: String = "", network: String = #""network": "lenet-5""#)
      -> String
    {
      message { try study(dataset, members, network: network) }
    }
    #expect(
      problem(#""name": "kmnist", "directory": "d", "normalization": "known""#)
        == "c.json: dataset.normalization: nothing is known of kmnist, only of mnist, fashion-mnist, cifar-10; "
        + #"give {"mean": [...], "std": [...]}"#)
    #expect(
      problem(Self.mnist + #", "normalization": "kown""#)
        == #"c.json: dataset.normalization: "kown" is not a valid name; did you mean "known"? (valid: none, known, measured)"#
    )
    #expect(
      problem(Self.cifar + #", "normalization": {"mean": [0.5], "std": [0.5, 0.5, 0.5]}"#)
        == "c.json: dataset.normalization.mean: 1 number for the 3 channels of cifar-10; give one for each")
    #expect(
      problem(Self.mnist + #", "normalization": {"mean": [0.5], "std": [0]}"#).hasPrefix(
        "c.json: dataset.normalization.std[0]: 0 is out of range; "))
    #expect(
      problem(Self.mnist + #", "normalization": {"mean": [0.5]}"#)
        == "c.json: dataset.normalization.std: missing; this key is required")
    #expect(
      problem(Self.mnist, #", "augmentation": {"crop": 28}"#)
        == "c.json: training.augmentation.crop: 28 is not below the size of mnist's images, 1x28x28")
    #expect(
      problem(Self.mnist, #", "augmentation": {"flip": true}"#, network: #""layers": [784, 10]"#)
        == "c.json: training.augmentation: widths read an image as a flat row, which cannot be cropped or mirrored; "
        + "give model.network, or a list of layers that begins with a flatten")
    #expect(
      problem(Self.mnist, #", "augmentation": {"flip": true}, "trainable_layers": "output""#)
        == "c.json: training.augmentation: crops and mirrors change what the hidden layers put out, which "
        + "training.trainable_layers \"output\" computes once")
    // A network that is refused is not blamed for what stands in for it.
    #expect(
      problem(Self.mnist, #", "augmentation": {"flip": true}"#, network: #""network": "lenet-6""#).split(
        separator: "\n"
      )
      .count == 1)
  }
}
