import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.reflect.Field;
import java.net.ConnectException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.hdfs.DFSUtil;
import org.apache.hadoop.hdfs.HdfsConfiguration;
import org.apache.hadoop.hdfs.protocol.datatransfer.ReplaceDatanodeOnFailure;
import org.apache.hadoop.hdfs.protocol.datatransfer.sasl.DataTransferSaslUtil;
import org.apache.hadoop.hive.conf.HiveConf;
import org.apache.hadoop.hive.metastore.conf.MetastoreConf;
import org.apache.hadoop.ipc.ProtobufRpcEngine2;
import org.apache.hadoop.security.SaslPropertiesResolver;
import org.apache.hadoop.security.SecurityUtil;
import org.apache.hadoop.security.UserGroupInformation;
import org.apache.hadoop.yarn.client.api.YarnClient;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hive.service.auth.HiveAuthFactory;
import org.apache.hive.service.auth.SaslQOP;
import org.apache.hive.service.server.HiveServer2;

/** For each line "KIND FILE KEY": "refuses", or what the program takes the value of this file for. */
public final class SettingValues {
  private static final String NOBODY = "127.0.0.1:1";
  private static final Configuration HADOOP = new YarnConfiguration(new HdfsConfiguration());
  private static final HiveConf HIVE = new HiveConf();

  public static void main(String[] arguments) throws Exception {
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String[] words = line.split(" ");
      String answer;
      try {
        answer = String.valueOf(answer(words[0], Path.of(words[1]), words[2]));
      } catch (Throwable error) {
        answer = "refuses";
      }
      System.out.println(answer);
    }
    System.exit(0);
  }

  private static Object answer(String kind, Path file, String key) throws Throwable {
    Configuration settings = kind.startsWith("hive") ? new HiveConf(HIVE) : new Configuration(HADOOP);
    settings.addResource(file.toUri().toURL());
    String value = settings.get(key);
    switch (kind) {
      case "hdfs":
      case "hdfs-ha":
      case "yarn":
        return dials(kind, settings);
      case "integer":
        return settings.getInt(key, -7);
      case "size":
        return settings.getLongBytes(key, -7);
      case "time":
        return settings.getTimeDuration(key, -7, TimeUnit.NANOSECONDS);
      case "flag-false":
        return settings.getBoolean(key, false);
      case "flag-true":
        return settings.getBoolean(key, true);
      case "login":
        return SecurityUtil.getAuthenticationMethod(settings);
      case "protection":
        return SaslPropertiesResolver.getInstance(settings).getDefaultProperties();
      case "transfer":
        return DataTransferSaslUtil.getSaslPropertiesResolver(settings).getDefaultProperties();
      case "hdfs-policy":
        return DFSUtil.getHttpPolicy(settings);
      case "yarn-policy":
        return YarnConfiguration.useHttps(settings) ? "HTTPS_ONLY" : "HTTP_ONLY";
      case "replacement":
        return ReplaceDatanodeOnFailure.get(settings);
      case "hive-login":
        UserGroupInformation.setConfiguration(settings);
        return new HiveAuthFactory((HiveConf) settings).getAuthTransFactory();
      case "hive-qop":
        return SaslQOP.fromString(value);
      case "hive-mode":
        return HiveServer2.isHTTPTransportMode((HiveConf) settings) ? "http" : "binary";
      case "hive-sasl":
        return MetastoreConf.getBoolVar(settings, MetastoreConf.ConfVars.USE_THRIFT_SASL);
      default:
        throw new IllegalArgumentException(kind);
    }
  }

  /** A client that reads all its settings gets as far as the port on which nobody listens. */
  private static String dials(String kind, Configuration settings) throws Throwable {
    Field clients = ProtobufRpcEngine2.class.getDeclaredField("CLIENTS");
    clients.setAccessible(true);
    Field held = clients.get(null).getClass().getDeclaredField("clients");
    held.setAccessible(true);
    ((Map<?, ?>) held.get(clients.get(null))).clear();
    String wanted = settings.get("lab.key");
    String[][] quick = {
      {"ipc.client.connect.max.retries", "0"}, {"ipc.client.connect.retry.interval", "1"}, {"dfs.client.failover.max.attempts", "0"},
      {"yarn.resourcemanager.connect.max-wait.ms", "1"}, {"yarn.resourcemanager.connect.retry-interval.ms", "1"},
    };
    for (String[] pair : quick) {
      if (!pair[0].equals(wanted)) {
        settings.set(pair[0], pair[1]);
      }
    }
    settings.set("yarn.resourcemanager.address", NOBODY);
    settings.set("fs.defaultFS", "hdfs://" + (kind.equals("hdfs-ha") ? "ha" : NOBODY));
    settings.set("dfs.nameservices", "ha");
    settings.set("dfs.ha.namenodes.ha", "a,b");
    settings.set("dfs.namenode.rpc-address.ha.a", NOBODY);
    settings.set("dfs.namenode.rpc-address.ha.b", "127.0.0.1:2");
    settings.set(
        "dfs.client.failover.proxy.provider.ha", "org.apache.hadoop.hdfs.server.namenode.ha.ConfiguredFailoverProxyProvider");
    UserGroupInformation.reset();
    UserGroupInformation.setConfiguration(settings);
    try {
      if (kind.equals("yarn")) {
        YarnClient client = YarnClient.createYarnClient();
        client.init(settings);
        client.start();
        client.getApplications();
      } else {
        FileSystem.newInstance(URI.create(settings.get("fs.defaultFS")), settings, "lab").exists(new org.apache.hadoop.fs.Path("/"));
      }
    } catch (Throwable error) {
      Throwable cause = error;
      while (cause.getCause() != null) {
        cause = cause.getCause();
      }
      if (cause instanceof ConnectException) {
        return "dials";
      }
      throw cause;
    }
    return "answered";
  }
}
