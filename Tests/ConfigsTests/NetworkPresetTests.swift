import Configs
import Datasets
import Files
import GraphExec
import TestSupport
import Testing
import Text

/// Protects that every network that has a name can be had from a config by it alone, is what its paper says, and is told of.
@Suite("Networks by name")
struct NetworkPresetTests {
  private func study(_ model: String, dataset: String = "cifar-10", _ overrides: String...) throws
    -> StudyConfig
  {
    let text = """
      {"name": "n", "dataset": {"name": "\(dataset)", "directory": "d"}, "model": \(model), "training": {"epochs": 1}}
      """
    return try StudyConfig(
      json: JSONParser.parse(text), source: "c.json", overrides: overrides.map { try ConfigOverride($0) })
  }

  private func network(_ name: String, dataset: String = "cifar-10") throws -> Network {
    try study(#"{"network": "\#(name)"}"#, dataset: dataset).model.network
  }

  @Test("a name gives the layers that it stands for, and the config that is written lists them")
  func byName() throws {
    for preset in NetworkPresets.all {
      let network = try preset.network(input: preset.designedFor, classes: 10)
      let dataset = preset.designedFor.channels == 1 ? "mnist" : "cifar-10"
      let config = try study(#"{"network": "\#(preset.name)"}"#, dataset: dataset)
      #expect(config.model.network == network)
      #expect(try StudyConfig(json: JSONParser.parse(config.json.pretty), source: "c.json") == config)
      #expect(try preset.network(input: preset.designedFor, classes: 47).outputs == 47)
    }
  }

  @Test("weights and multiply-adds are those of the papers")
  func sizes() throws {
    func weights(_ network: Network) -> Int { network.weights.reduce(0) { $0 + network[$1].count } }
    #expect(try weights(network("lenet-300-100", dataset: "mnist")) == 266_200)
    #expect(try network("lenet-5", dataset: "mnist").parameterCount == 431_080)
    #expect(try weights(network("vgg-11")) == 9_217_728 + 5120)
    // 0.27, 0.46 and 0.85 million (He et al. 2015, table 6), and the 1x1 convolutions, 2560 weights.
    #expect(try weights(network("resnet-20")) == 268_336 + 2560)
    for (depth, convolutions) in [(20, 19), (32, 31), (56, 55)] {
      let layers = try network("resnet-\(depth)").layers.map(\.operation)
      let kernels = layers.compactMap { ($0 as? Conv2D)?.kernel }
      #expect(kernels.count { $0 == 3 } == convolutions && kernels.count { $0 == 1 } == 2)
      #expect(layers.count { $0 is BatchNorm } == convolutions + 2)
    }
    #expect(try network("resnet-20").macs == 40_813_184)
  }

  @Test("a network is given in one way, by a name that there is, and fits the images")
  func refused() {
    func problem(_ model: String, dataset: String = "mnist") -> String {
      message { try study(model, dataset: dataset) }
    }
    #expect(
      problem(#"{"network": "resnet20"}"#)
        == #"c.json: model.network: "resnet20" is not a valid name; did you mean "resnet-20"? (valid: "#
        + NetworkPresets.all.map(\.name).joined(separator: ", ") + ")")
    #expect(
      problem(#"{"network": "lenet-5", "layers": [784, 10]}"#)
        == "c.json: model.layers: stands beside network, which says the whole network; give one of them")
    #expect(
      problem("{}") == "c.json: model.layers: missing; give layers, or network with the name of one")
    #expect(
      problem(#"{"network": "vgg-11"}"#)
        == "c.json: model.network: vgg-11, which is for images of 3x32x32, does not fit mnist, whose images are 1x28x28: "
        + "layer pool5: max_pool has a kernel of 2x2, larger than an image of 512")
  }

  @Test("one on the command line takes the place of the file's, in whichever way the file says it")
  func overridden() throws {
    let widths = #"{"layers": [784, 10], "output_relu": true}"#
    let byName = try study(widths, dataset: "mnist", "model.network=lenet-5")
    #expect(try byName.model.network == network("lenet-5", dataset: "mnist"))
    let byWidths = try study(#"{"network": "lenet-5"}"#, dataset: "mnist", "model.layers=[784,10]")
    #expect(byWidths.model.network == Network(layers: [784, 10]))
    #expect(
      message { try study(widths, dataset: "mnist", "model.network=lenet-5", "model.layers=[784,10]") }
        == "--set model.layers=[784,10]: stands beside network, which says the whole network; give one of them"
    )
  }

  @Test("the README's table has a row for each, as the list has it")
  func readme() throws {
    let text = String(decoding: try FileSystem.read(Repository.root + "/README.md"), as: UTF8.self)
    for preset in NetworkPresets.all {
      let network = try preset.network(input: preset.designedFor, classes: 10)
      let weights = network.weights.reduce(0) { $0 + network[$1].count }
      let row =
        "| `\(preset.name)` | \(preset.summary) | \(preset.designedFor) | \(grouped(weights)) | \(grouped(network.macs)) |"
      #expect(text.contains(row), "\(row)")
    }
  }

  /// `431,080`.
  private func grouped(_ number: Int) -> String {
    let digits = Array(String(number))
    return digits.indices.reduce(into: "") { text, place in
      if place > 0, (digits.count - place) % 3 == 0 { text += "," }
      text.append(digits[place])
    }
  }
}
