import Configs
import Datasets
import GraphExec
import Testing
import Text

/// Protects what a list of layers means, and what its author is told when it is wrong.
@Suite struct LayerListTests {
  private static func study(_ layers: String) throws -> StudyConfig {
    let text = """
      {"name": "n", "dataset": {"name": "synthetic-digits"}, "model": {"layers": \(layers)}, "training": {"epochs": 1}}
      """
    return try StudyConfig(json: JSONParser.parse(text), source: "c.json")
  }

  private func problems(_ layers: String) -> [String] {
    do {
      _ = try Self.study(layers)
      return []
    } catch let error as ConfigError {
      return error.problems
    } catch {
      return ["\(error)"]
    }
  }

  @Test("a layer is refused by its place, with the nearest name there is")
  func refused() {
    #expect(
      problems(#"[{"operation": "linaer", "outputs": 10}]"#).first?
        .hasPrefix("c.json: model.layers[0].operation: \"linaer\" is no operation; did you mean \"linear\"?")
        == true)
    #expect(problems(#"[{"outputs": 10}]"#).first?.contains("model.layers[0].operation: missing") == true)
    #expect(
      problems(#"[{"operation": "linear", "output": 10}]"#) == [
        "c.json: model.layers[0].outputs: missing; this key is required",
        "c.json: model.layers[0].output: unknown key; did you mean model.layers[0].outputs?",
      ])
    #expect(
      problems(#"[{"operation": "linear", "outputs": 0}]"#) == [
        "c.json: model.layers[0].outputs: 0 is out of range; allowed: 1 to 65536"
      ])
    #expect(
      problems(#"[{"operation": "relu", "name": "a b"}]"#).first?.contains("model.layers[0].name") == true)
    #expect(
      problems(#"[{"operation": "relu"}, 7]"#) == [
        "c.json: model.layers[1]: expected an object, got 7",
        "c.json: model.layers[1].operation: missing; valid: "
          + LayerOperations.all.map { $0.name }.joined(separator: ", "),
      ])
  }

  @Test("a key that only some layer has is not offered elsewhere: no such path can be written")
  func elsewhere() throws {
    let text = """
      {"name": "n", "dataset": {"name": "synthetic-digits"}, "training": {"epochs": 1, "momentum": 0.9},
       "model": {"layers": [{"operation": "flatten"}, {"operation": "batch_norm"}, {"operation": "linear", "outputs": 10}]}}
      """
    let error = #expect(throws: ConfigError.self) {
      try StudyConfig(json: JSONParser.parse(text), source: "c.json")
    }
    #expect(error?.problems.count == 1)
    #expect(
      error?.problems.first?.hasPrefix("c.json: training.momentum: unknown key; valid keys: epochs, ") == true
    )
  }

  @Test("two lists of layers differ in the layers and keys in which they do")
  func differences() throws {
    let flatten = #"{"operation": "flatten"}"#
    let old = try Self.study(
      #"[\#(flatten), {"operation": "linear", "outputs": 300}, {"operation": "linear", "outputs": 10}]"#)
    let wide = try Self.study(
      #"[\#(flatten), {"operation": "linear", "outputs": 301}, {"operation": "linear", "outputs": 10}]"#)
    #expect(wide.differences(from: old).map(\.description) == ["model.layers[1].outputs: 300 -> 301"])
    let short = try Self.study(#"[\#(flatten), {"operation": "linear", "outputs": 10}]"#)
    #expect(
      short.differences(from: old).map(\.path) == [
        "model.layers[1].outputs", "model.layers[2].name", "model.layers[2].operation",
        "model.layers[2].outputs", "model.layers[2].bias",
      ])
  }

  @Test("layers that do not fit each other or the data set are refused with sizes and the nearest name")
  func misfits() {
    #expect(
      problems(#"[{"operation": "linear", "outputs": 10}]"#) == [
        "c.json: model.layers: layer linear1: linear takes a flat tensor, not one of 1x28x28; put a flatten before it"
      ])
    #expect(
      problems(#"[{"operation": "relu", "inputs": ["imagse"]}]"#) == [
        "c.json: model.layers: layer relu1: reads imagse, which is no layer before it; did you mean \"images\"?"
      ])
  }
}
