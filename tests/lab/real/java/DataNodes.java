import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.HdfsConfiguration;
import org.apache.hadoop.hdfs.server.datanode.DataNode;
import org.apache.hadoop.metrics2.lib.DefaultMetricsSystem;

/** DataNodes that no NameNode knows. They take the data transfer protocol all the same. NAME.xml on the class path has the settings of each. */
public class DataNodes {
  /** Starts one DataNode. */
  public static AutoCloseable start(String name) throws Exception {
    DefaultMetricsSystem.setMiniClusterMode(true);
    Configuration conf = new HdfsConfiguration();
    conf.addResource(name + ".xml");
    DataNode made = DataNode.instantiateDataNode(new String[0], conf, null);
    made.runDatanodeDaemon();
    return made::shutdown;
  }
}
