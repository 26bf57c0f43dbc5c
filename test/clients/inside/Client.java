import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Base64;

/** GET with java.net.http, which tries HTTP/2 first; by a proxy and its login, where the environment names them. */
class Client {
    public static void main(String[] arguments) throws Exception {
        HttpClient.Builder client = HttpClient.newBuilder();
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("https://api.clients.test/json"))
                .header("Authorization", "Bearer " + System.getenv("API_TOKEN"));
        if (System.getenv("HTTPS_PROXY") != null) {
            URI proxy = URI.create(System.getenv("HTTPS_PROXY"));
            client.proxy(ProxySelector.of(new InetSocketAddress(proxy.getHost(), proxy.getPort())));
            String login = Base64.getEncoder().encodeToString(proxy.getUserInfo().getBytes());
            request.header("Proxy-Authorization", "Basic " + login);
        }
        HttpResponse<String> answer = client.build().send(request.build(), HttpResponse.BodyHandlers.ofString());
        System.out.println(answer.statusCode() + " " + answer.body());
    }
}
