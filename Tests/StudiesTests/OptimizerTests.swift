import Configs
import Studies
import Testing
import Text

/// Protects that a config's numbers reach the engine as the kernels take them.
@Suite("A config's optimizer")
struct OptimizerTests {
  @Test("every backend is handed the same rounded numbers")
  func rounded() throws {
    let file = """
      {"name": "s", "dataset": {"name": "mnist"}, "model": {"layers": [784, 10]},
       "training": {"epochs": 4, "optimizer": {"beta1": 0.9999999}}}
      """
    let optimizer = try StudyConfig(json: JSONParser.parse(file), source: "c.json").optimizer
    #expect(optimizer.beta1 == Float(0.9999999))
    #expect(optimizer.learningRate == Float(0.001))
  }
}
