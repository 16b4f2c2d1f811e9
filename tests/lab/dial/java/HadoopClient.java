import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URI;
import java.util.EnumSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hdfs.HdfsConfiguration;
import org.apache.hadoop.mapred.JobConf;
import org.apache.hadoop.mapreduce.v2.api.MRClientProtocol;
import org.apache.hadoop.mapreduce.v2.api.protocolrecords.GetDelegationTokenRequest;
import org.apache.hadoop.yarn.api.records.YarnApplicationState;
import org.apache.hadoop.yarn.client.api.YarnClient;
import org.apache.hadoop.yarn.util.Records;

/**
 * Runs the step hdfs, yarn or history of a Hadoop client. A word after hdfs is the path to open.
 *
 * The argument "hdfs" makes the JVM read what an HDFS client reads (core, hdfs). Otherwise it reads
 * what a job client reads (core, mapred, yarn, hdfs). Default resources are static, so one JVM
 * cannot be both.
 */
public class HadoopClient {
  public static void main(String[] arguments) throws Exception {
    if (!arguments[0].equals("hdfs")) {
      new JobConf();
    }
    HdfsConfiguration.init();
    DialLoop.run((name, directory, words) -> step(name, configuration(), words.length > 2 ? words[2] : "/"));
  }

  static Configuration configuration() {
    Configuration conf = new Configuration();
    conf.size(); // reads the files
    conf.setInt("ipc.client.connect.max.retries", 0);
    conf.setInt("ipc.client.connect.max.retries.on.timeouts", 0);
    conf.setInt("ipc.client.connect.timeout", 1000);
    conf.setInt("ipc.client.connect.retry.interval", 1);
    conf.setInt("ipc.client.rpc-timeout.ms", 3000);
    conf.setInt("dfs.client.failover.max.attempts", 3);
    conf.setInt("dfs.client.failover.sleep.base.millis", 1);
    conf.setInt("dfs.client.failover.sleep.max.millis", 1);
    conf.setInt("yarn.client.failover-max-attempts", 3);
    conf.setInt("yarn.client.failover-sleep-base-ms", 1);
    conf.setInt("yarn.client.failover-sleep-max-ms", 1);
    conf.setInt("yarn.resourcemanager.connect.max-wait.ms", 2);
    conf.setInt("yarn.resourcemanager.connect.retry-interval.ms", 1);
    return conf;
  }

  static void step(String name, Configuration conf, String path) throws Exception {
    switch (name) {
      case "hdfs":
        Path file = new Path(path);
        URI place = path.equals("/") ? FileSystem.getDefaultUri(conf) : file.toUri();
        try (FileSystem files = FileSystem.newInstance(place, conf)) {
          files.exists(file);
        }
        return;
      case "yarn":
        try (YarnClient client = YarnClient.createYarnClient()) {
          client.init(conf);
          client.start();
          client.getApplications(EnumSet.of(YarnApplicationState.RUNNING));
        }
        return;
      default:
        history(conf);
    }
  }

  /** Asks the JobHistory server as org.apache.hadoop.mapred.ClientServiceDelegate does. */
  static void history(Configuration conf) throws Exception {
    Class<?> cache = Class.forName("org.apache.hadoop.mapred.ClientCache");
    Class<?> manager = Class.forName("org.apache.hadoop.mapred.ResourceMgrDelegate");
    var constructor = cache.getDeclaredConstructor(Configuration.class, manager);
    constructor.setAccessible(true);
    Method proxy = cache.getDeclaredMethod("getInitializedHSProxy");
    proxy.setAccessible(true);
    MRClientProtocol server = (MRClientProtocol) proxy.invoke(constructor.newInstance(conf, null));
    if (server == null) {
      throw new IOException("the job client has no JobHistory server");
    }
    GetDelegationTokenRequest request = Records.newRecord(GetDelegationTokenRequest.class);
    request.setRenewer("nobody");
    server.getDelegationToken(request);
  }
}
