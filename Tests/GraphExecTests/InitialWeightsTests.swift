import GraphExec
import TestSupport
import Testing

/// The first weights of a seed are these bits: a change of them would change every published number.
@Suite struct InitialWeightsTests {
  private let network = Network(layers: [784, 33, 10])

  @Test(
    "a seed and a layer give these weights",
    arguments: [
      (
        seed: 1, layer: 0, first: [0x3c87_5e2a, 0x3b9e_42b3, 0x3be2_77a1, 0x3d10_0ad3],
        digest: 0x92ab_1c49_abaa_1ced
      ),
      (1, 1, [0xbe60_c6e9, 0xbe4c_478b, 0x3db1_bb6d, 0xbe0c_3f79], 0x87b1_217d_be9f_64b1),
      (2, 0, [0x3d7b_abf0, 0xbdc0_5403, 0x3d55_ef0f, 0xbc83_1e5d], 0xbfd3_0312_0f59_f3bb),
      (2, 1, [0xbd1c_dc2c, 0x3e1e_75f2, 0xbe0c_7df5, 0xbd17_758e], 0xcec7_9904_8765_961a),
    ] as [(seed: UInt64, layer: Int, first: [UInt32], digest: UInt64)])
  func heNormal(seed: UInt64, layer: Int, first: [UInt32], digest: UInt64) {
    let weights = WeightInitializer.heNormal.values(of: network, seed: seed)[layer].values
    #expect(weights.prefix(4).map(\.bitPattern) == first)
    #expect(Digest(weights).value == digest)
  }

  @Test("a given standard deviation scales the same draws")
  func normal() {
    let weights = WeightInitializer.normal(std: 0.1).values(of: network, seed: 7)[0].values
    #expect(Digest(weights).value == 0x4ce9_65a0_2a6a_2926)
  }

  @Test("a layer's weights depend on no other layer")
  func layersAreApart() {
    let other = Network(layers: [50, 33, 10])
    let initializer = WeightInitializer.heNormal
    #expect(initializer.values(of: network, seed: 3)[1] == initializer.values(of: other, seed: 3)[1])
  }
}
